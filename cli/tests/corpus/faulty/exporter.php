<?php
$scopes = [
    'https://www.googleapis.com/auth/dataportability.saved.collection', // finds: unknown_scope
    'openid', // finds: other_api
];
$url = $client->createAuthUrl();
$client->setIncludeGrantedScopes(true); // finds: include_granted_scopes
$body = ['resources' => ['https://www.googleapis.com/auth/dataportability.maps.reviews']]; // finds: unknown_resource
post($api . '/v1/archiveJobs/' . $id . ':state'); // finds: unknown_path
if ($archive['state'] == 'COMPLETED') { // finds: unknown_state
    download($archive['urls']);
}
