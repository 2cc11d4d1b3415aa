package com.example.exporter;

import com.google.api.services.dataportability.v1.DataPortability;

final class Exporter {
    static final String PREFIX = "https://www.googleapis.com/auth/dataportability.";
    static final String CLIPS = PREFIX + "youtube.clips";
    static final String HOST = "youtube.com";

    boolean isDone(Archive archive) {
        return "COMPLETE".equals(archive.getState());
    }
}
