// Starts exports and waits for them. What the tool has to find stands after "finds:".
const SCOPE_PREFIX = 'https://www.googleapis.com/auth/dataportability.';

export const SCOPES = [
  'openid', // finds: other_api
  'https://www.googleapis.com/auth/userinfo.email', // finds: other_api
  'https://www.googleapis.com/auth/dataportability.youtube.clips',
  'https://www.googleapis.com/auth/dataportability.youtube.watch_history', // finds: unknown_scope
  'https://www.googleapis.com/auth/dataportability.businessmessaging.conversations', // finds: withdrawn_scope
  'https://www.googleapis.com/auth/dataportability.maps.reviews/', // finds: malformed_scope
];

export function authorizationUrl(client: OAuth2Client): string {
  return client.generateAuthUrl({
    access_type: 'offline',
    include_granted_scopes: true, // finds: include_granted_scopes
    response_type: 'token', // finds: implicit_flow
    scope: SCOPES,
  });
}

export async function start(token: string) {
  const response = await fetch(`${BASE_URL}/v1/portabilityArchive/initiate`, { // finds: unknown_path
    method: 'POST',
    body: JSON.stringify({ resources: ['youtube.clips', 'youtube.playlists'] }), // finds: unknown_resource
  });
  return response.json();
}

export const reset = (job: string) => post(`${BASE_URL}/v1/archiveJobs/${job}:reset`); // finds: unknown_path
export const BODY = '{"resources":["youtube.clips","youtube.watch_history"]}'; // finds: unknown_resource

export async function wait(job: string) {
  for (;;) {
    const archive = await get(`${BASE_URL}/v1/archiveJobs/${job}:state`); // finds: unknown_path
    if (archive.state === 'COMPLETED') { // finds: unknown_state
      return archive.urls;
    }
  }
}
