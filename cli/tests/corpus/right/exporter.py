"""The API is at dataportability.googleapis.com; its scopes begin with
https://www.googleapis.com/auth/dataportability. and the name of a group such as foo.bar.
"""
import os

BASE = "https://dataportability.googleapis.com/v1"
DISCOVERY = "https://dataportability.googleapis.com/$discovery/rest?version=v1"
REFERENCE = "https://developers.google.com/data-portability/reference/rest/v1/archiveJobs/retry"
PREFIX = "https://www.googleapis.com/auth/dataportability"
SCOPES = [
    "https://www.googleapis.com/auth/dataportability.myactivity.search",
    "https://www.googleapis.com/auth/dataportability.maps.reviews",
]


def is_ours(scope):
    return scope.startswith("https://www.googleapis.com/auth/dataportability.")


def start(session, group):
    order = {"status": "COMPLETED"}
    body = {"resources": ["myactivity.search", "maps.reviews"], "order": order}
    scope = "https://www.googleapis.com/auth/dataportability.%s" % group
    return session.post(f"{BASE}/portabilityArchive:initiate", json=body), scope


def state(session, job_id):
    return session.get(f"{BASE}/archiveJobs/{job_id}/portabilityArchiveState").json()
