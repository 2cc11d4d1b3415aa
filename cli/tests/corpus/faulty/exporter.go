package exporter

var scopes = []string{
	"https://www.googleapis.com/auth/dataportability.youtube.comment", // finds: unknown_scope
	"email", // finds: other_api
	"https://www.googleapis.com/auth/dataportability.YouTube.Clips", // finds: malformed_scope
}

func url(config *oauth2.Config, state string) string {
	return config.AuthCodeURL(state, oauth2.SetAuthURLParam("include_granted_scopes", "true")) // finds: include_granted_scopes
}

func cancel(id string) error {
	_, err := post("https://dataportability.googleapis.com/v1/archiveJobs/" + id + "/cancel", nil) // finds: unknown_path
	return err
}

func wait(id string) error {
	state := getState(fmt.Sprintf("%s/v1/archiveJobs/%s:getPortabilityArchiveState", api, id)) // finds: unknown_path
	switch state {
	case "IN_PROGRESS":
		return nil
	case "COMPLETED": // finds: unknown_state
		return nil
	}
	return errFailed
}
