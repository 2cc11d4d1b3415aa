# Exports a user's data: "COMPLETED" in a comment is prose.
SCOPES = %w[
  https://www.googleapis.com/auth/dataportability.youtube.likes # finds: unknown_scope
].freeze
LIST = [
  'https://www.googleapis.com/auth/dataportability.youtube.subscription', # finds: unknown_scope
  'https://www.googleapis.com/auth/photoslibrary', # finds: other_api
]

def url(client)
  client.authorization_uri(additional_parameters: { 'include_granted_scopes' => 'true' }) # finds: include_granted_scopes
end

def wait(id)
  state = get("#{BASE}/v1/archiveJobs/#{id}/archiveState") # finds: unknown_path
  state == 'COMPLETED' # finds: unknown_state
end

def links(id)
  get("/portabilityArchive/#{id}:retrieve") # finds: unknown_path
end
