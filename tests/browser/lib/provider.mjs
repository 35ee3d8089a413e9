// An identity provider that nobody of Tarn wrote: npm's `oidc-provider`, OpenID certified.
// Its own development pages load a font from outside, so the page that asks for a name is ours.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

const MINUTES_10 = 600;
const NAME_PAGE = `<!doctype html><html lang="en"><title>Sign in</title><main><h1>Sign in</h1>
<form method="post"><label>Name <input name="login"></label><button type="submit">Sign in</button></form></main></html>`;

/**
 * Starts a provider on loopback that knows one client and signs in whoever types a name.
 *
 * `claims` are the account's claims beside `sub`; they reach the client in the ID token.
 */
export async function startProvider({ port, redirect, claims }) {
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'tarn-test',
      client_secret: 'a-secret-of-this-test-only',
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
      post_logout_redirect_uris: [new URL('/signed-out', redirect).href],
    }],
    claims: { openid: ['sub'], profile: Object.keys(claims) },
    // Generic providers put what was asked for by scope into the ID token.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (_context, interaction) => `/name/${interaction.uid}` },
    ttl: { Interaction: MINUTES_10, Grant: MINUTES_10, Session: MINUTES_10, AccessToken: MINUTES_10, IdToken: MINUTES_10, AuthorizationCode: 60 },
    pkce: { required: () => true },
    cookies: { keys: ['of-this-test-only'] },
    async findAccount(_context, sub) {
      return { accountId: sub, claims: async () => ({ sub, ...claims }) };
    },
    // The journey is about the protocol; whoever signs in has agreed.
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  const server = createServer(async (request, response) => {
    if (!request.url.startsWith('/name/')) return answer(request, response);
    if (request.method === 'GET') return response.setHeader('content-type', 'text/html').end(NAME_PAGE);
    const body = Buffer.concat(await request.toArray()).toString();
    const accountId = new URLSearchParams(body).get('login');
    return provider.interactionFinished(request, response, { login: { accountId } }, { mergeWithLastSubmission: false });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    issuer,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Types a name into the provider's page. */
export async function typeName(page, name) {
  await page.fill('input[name="login"]', name);
  await page.click('button[type="submit"]');
}
