package com.example.exporter

val SCOPES = listOf("https://www.googleapis.com/auth/dataportability.discover.likes")
val DRIVE = listOf("https://www.googleapis.com/auth/drive.file", "openid")

fun retry(id: String) = client.post("$BASE/v1/archiveJobs/$id:retry")

fun isDone(state: String) = state in setOf("COMPLETE", "FAILED", "CANCELLED")
