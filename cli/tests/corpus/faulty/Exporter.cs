namespace Example.Exporter;

public static class Exporter
{
    private static readonly string[] Scopes =
    {
        "https://www.googleapis.com/auth/dataportability.play.purchase", // finds: unknown_scope
        "https://www.googleapis.com/auth/gmail.readonly", // finds: other_api
    };

    public static string Url => "https://accounts.google.com/o/oauth2/v2/auth?client_id=1&redirect_uri=https%3A%2F%2Fapp.example.com%2F&response_type=token&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdataportability.maps.reviews&include_granted_scopes=true"; // finds: implicit_flow include_granted_scopes no_pkce no_state

    public static async Task<bool> Cancel(HttpClient client, string id)
    {
        var response = await client.PostAsync($"https://dataportability.googleapis.com/v1/archiveJobs/{id}/portabilityArchiveState:cancel", null); // finds: unknown_path
        return response.State == JobState.COMPLETED;
    }
}
