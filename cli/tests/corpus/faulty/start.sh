#!/bin/sh
curl -d '{"resources":["youtube.clips","youtube.watch_history"]}' "$API/v1/portabilityArchive:initiate" # finds: unknown_resource
