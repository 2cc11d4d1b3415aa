// An authorization server that is not ours: `oidc-provider`, certified by the OpenID Foundation,
// with the scopes of the newest revision. It prints its address, and ends when its input does.
//
// Its user has no browser: the test posts the answer to the consent,
//   POST /interaction/ID  scope=what to grant   or   error=access_denied

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const [redirectUri, ...scopes] = process.argv.slice(2);

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'client',
      client_secret: 'client-secret',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
  scopes,
  pkce: { required: () => true },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  cookies: { keys: ['a key for the cookies of one test'] },
  ttl: { AccessToken: 3600, Grant: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
});

async function answer(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const given = new URLSearchParams(await text(request));
  if (given.has('error')) {
    const error = given.get('error');
    return provider.interactionFinished(request, response, { error }, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: 'user', clientId: params.client_id });
  const granted = given.get('scope').split(' ');
  grant.addOIDCScope(granted.join(' '));
  grant.rejectOIDCScope(params.scope.split(' ').filter((scope) => !granted.includes(scope)).join(' '));
  const grantId = await grant.save();
  const result = { login: { accountId: 'user' }, consent: { grantId } };
  return provider.interactionFinished(request, response, result);
}

const callback = provider.callback();
server.on('request', (request, response) => {
  const consent = request.method === 'POST' && request.url.startsWith('/interaction/');
  if (!consent) return callback(request, response);
  answer(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});

console.log(`Serving ${issuer}`);
process.stdin.resume().on('end', () => process.exit());
