"""Exports a user's data.

Waits for the state "COMPLETED", says this text, which is prose.
"""
SCOPES = [
    "https://www.googleapis.com/auth/dataportability.chrome.histroy",  # finds: unknown_scope
    "https://www.googleapis.com/auth/dataportability.myactivity.search",
    "https://www.googleapis.com/auth/drive.readonly",  # finds: other_api
]
ONE = "https://www.googleapis.com/auth/dataportability.maps.reviews,https://www.googleapis.com/auth/dataportability.maps.photos_videos"  # finds: separator
HELP = """
Exports a user's data.
"""
MORE = ["https://www.googleapis.com/auth/dataportability.youtube.clipz", "openid"]  # finds: other_api unknown_scope


def start(session):
    body = {
        "resources": [
            "https://www.googleapis.com/auth/dataportability.myactivity.search",  # finds: unknown_resource
            "maps.photos",  # finds: unknown_resource
        ]
    }
    return session.post(API + "/v1/portabilityArchive:start", json=body)  # finds: unknown_path


def wait(session, job_id):
    state = session.get(f"{API}/v1/archiveJobs/{job_id}/state").json()["state"]  # finds: unknown_path
    session.post("archiveJobs/%(id)s:stop" % job_id)  # finds: unknown_path
    if state == "STATE_COMPLETE":  # finds: unknown_state
        return True
    flow.authorization_url(include_granted_scopes="true")  # finds: include_granted_scopes
    return False
