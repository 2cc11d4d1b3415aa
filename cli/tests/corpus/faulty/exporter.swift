let scopes = ["https://www.googleapis.com/auth/dataportability.youtube.clips"]

func state(of id: String) async throws -> Archive {
    try await get("\(base)/v1/archiveJobs/\(id):state") // finds: unknown_path
}
