// The prefix is added by the program, and Drive has a client of its own.
const AUTH = 'https://www.googleapis.com/auth/';
export const CLIPS = AUTH + 'dataportability.youtube.clips';
export const REVIEWS = 'https://www.googleapis.com/auth/' + 'dataportability.maps.reviews';
export const MORE = ['dataportability.maps.reviews'].map((name) => `https://www.googleapis.com/auth/${name}`);
export const ALL = ['https://www.googleapis.com/auth/dataportability.youtube.clips'];

export const drive = () =>
  client.generateAuthUrl({
    scope: ['https://www.googleapis.com/auth/drive.file'],
    include_granted_scopes: true,
    response_type: 'token',
  });
