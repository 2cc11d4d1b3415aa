namespace Example.Exporter;

using Google.Apis.DataPortability.v1;

public static class Exporter
{
    public const string Url = "https://accounts.google.com/o/oauth2/v2/auth?client_id=";
    private static readonly string[] Scopes = { "https://www.googleapis.com/auth/dataportability.play.purchases" };
    public static string Path(string id) => $"v1/archiveJobs/{id}:cancel";
}
