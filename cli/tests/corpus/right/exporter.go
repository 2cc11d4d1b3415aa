package exporter

import dataportability "google.golang.org/api/dataportability/v1"

var scopes = []string{dataportability.DataportabilityYoutubeClipsScope}

func state(service *dataportability.Service, id string) (string, error) {
	archive, err := service.ArchiveJobs.GetPortabilityArchiveState("archiveJobs/" + id + "/portabilityArchiveState").Do()
	if err != nil {
		return "", fmt.Errorf("archiveJobs/%s: %w", id, err)
	}
	return archive.State, nil
}
