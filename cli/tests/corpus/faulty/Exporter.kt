package com.example.exporter

val SCOPES = listOf(
    "profile", // finds: other_api
    "https://www.googleapis.com/auth/dataportability.chrome-history", // finds: malformed_scope
    "https://www.googleapis.com/auth/dataportability.discover.like", // finds: unknown_scope
)

fun start() = api.initiate(resources = listOf("youtube.watch_history")) // finds: unknown_resource

val BODY = "{\"resources\": [\"maps.reviews\", \"youtube.watched\"]}" // finds: unknown_resource

suspend fun wait(id: String): Boolean {
    val archive = client.get("$BASE/v1/archiveJobs/$id:status") // finds: unknown_path
    return when (archive.state) {
        "IN_PROGRESS" -> false
        "COMPLETED" -> true // finds: unknown_state
        else -> error("failed")
    }
}
