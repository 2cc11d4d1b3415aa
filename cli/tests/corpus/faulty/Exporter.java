package com.example.exporter;

/**
 * A state of "COMPLETED" in a comment is prose.
 */
final class Exporter {
    private static final List<String> SCOPES = List.of(
        "https://www.googleapis.com/auth/dataportability.search_ugc.reviews", // finds: unknown_scope
        "https://www.googleapis.com/auth/dataportability.maps.post_trip_feedback", // finds: withdrawn_scope
        "http://www.googleapis.com/auth/dataportability.maps.reviews"); // finds: malformed_scope

    String url() {
        return flow.newAuthorizationUrl().set("include_granted_scopes", true).build(); // finds: include_granted_scopes
    }

    void start() {
        request.setResources(List.of("myactivity.search", "myactivity.photos")); // finds: unknown_resource
    }

    boolean isDone(String id) {
        String state = get("https://dataportability.googleapis.com/v1beta1/archiveJobs/" + id + "/portabilityArchiveState"); // finds: unknown_path
        return state.equals("STATE_COMPLETED"); // finds: unknown_state
    }
}
