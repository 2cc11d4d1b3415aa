// Archive jobs never reach "COMPLETED", and archiveJobs/{id}:state does not exist.
import { dataportability_v1 } from '@googleapis/dataportability';
import { useState } from 'react';
import { poll } from './portabilityArchive/client';
import { cancel } from '../archiveJobs/cancel/job';

const PREFIX = 'https://www.googleapis.com/auth/dataportability.';
const scope = (group: string) => `https://www.googleapis.com/auth/dataportability.${group}`;
const STATE_COMPLETE = 'COMPLETE';

// Sign-in has a consent of its own.
export const SIGN_IN = ['openid', 'email'];
export const SCOPES = [
  'https://www.googleapis.com/auth/dataportability.youtube.clips',
  'https://www.googleapis.com/auth/dataportability.chrome.reading_list',
  // 'https://www.googleapis.com/auth/dataportability.businessmessaging.conversations',
];

export const LABELS: Record<string, string> = {
  'youtube.clips': 'Clips',
  'youtube.com': 'The site',
};

export function url(client: OAuth2Client, state: string) {
  return client.generateAuthUrl({
    access_type: 'offline',
    include_granted_scopes: false,
    response_type: 'code',
    scope: SCOPES.join(' '),
    state,
  });
}

export function Progress() {
  const [status, setStatus] = useState('COMPLETED');
  return status;
}

// The program has states, files and routes of its own.
export function of(order: Order, state: string) {
  switch (order.status) {
    case 'COMPLETED':
      return state;
  }
  return state === 'COMPLETE' ? 'COMPLETED' : JobState.COMPLETED;
}
jest.mock('../archiveJobs/api/cancel');
export { cancelled } from '../archiveJobs/api/cancel';
app.get('/api/archiveJobs/:id/status', (request) => bucket.file(`archiveJobs/${request.id}/part-1.zip`));
app.get('/v2/archiveJobs/:id/files', (request) => firestore.doc(`archiveJobs/${request.id}/files/1`));
const icon = getResource('youtube.svg');

export async function run(job: string, name: string) {
  await post(`${BASE_URL}/v1/portabilityArchive:initiate`, { resources: ['youtube.clips'] });
  const archive = await get(`${BASE_URL}/v1/archiveJobs/${job}/portabilityArchiveState`);
  if (archive.state === STATE_COMPLETE || archive.state === 'FAILED') {
    await post(`${BASE_URL}/v1/${name}:retry`);
    await post('https://dataportability.googleapis.com/v1/archiveJobs/' + job + ':cancel');
  }
  await post('https://dataportability.googleapis.com/v1/authorization:reset');
  throw new Error(`unknown scope https://www.googleapis.com/auth/dataportability.foo.bar in a message`);
}
