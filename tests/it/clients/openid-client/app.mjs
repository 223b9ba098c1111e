// Apps that sign people in with openid-client. Each line of the input is a JSON object with the name of a command (`do`),
// the id of an app (`app`) and what the command needs; each line of the output is `{"ok": …}` or `{"error": [why, …]}`.
import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';

// Node 18 has both, but not as globals
globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;
const oidc = await import('./openid-client.min.mjs');

const apps = new Map();

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
const KINDS = {
  'RS256': [{ name: 'RSASSA-PKCS1-v1_5', ...RSA }, ['sign', 'verify'], 'sig'],
  'ES256': [{ name: 'ECDSA', namedCurve: 'P-256' }, ['sign', 'verify'], 'sig'],
  'RSA-OAEP-256': [{ name: 'RSA-OAEP', ...RSA }, ['encrypt', 'decrypt'], 'enc'],
  'ECDH-ES': [{ name: 'ECDH', namedCurve: 'P-256' }, ['deriveBits'], 'enc'],
};

/** What openid-client takes as a private key. */
function key(app, alg) {
  return { key: app.keys[alg].privateKey, kid: alg };
}

/** How the app shows who it is. */
function authentication(app, { secret, signs_with }) {
  if (signs_with) return oidc.PrivateKeyJwt(key(app, signs_with));
  return secret ? oidc.ClientSecretBasic(secret) : oidc.None();
}

/** A URL, or the request of a browser that brings a form. */
function arrival({ url, form }) {
  if (form === undefined) return new URL(url);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return new Request(url, { method: 'POST', headers, body: form });
}

/** Keeps an answer with tokens; what the test may know of it. */
function told(app, tokens) {
  app.tokens = { ...app.tokens, ...tokens };
  app.claims = tokens.claims();
  const { access_token, refresh_token, id_token, scope } = tokens;
  return { claims: app.claims, access_token, refresh_token, id_token, scope };
}

/** What an error says, and the errors that it comes from. */
function reasons(error) {
  return error ? [error.error ?? error.message ?? String(error), ...reasons(error.cause)] : [];
}

const commands = {
  /** Makes keys; the public ones, as they are registered. */
  async keys(app, { algs }) {
    app.keys = {};
    const keys = [];
    for (const alg of algs) {
      const [algorithm, usages, use] = KINDS[alg];
      app.keys[alg] = await crypto.subtle.generateKey(algorithm, true, usages);
      const { kty, n, e, crv, x, y } = await crypto.subtle.exportKey('jwk', app.keys[alg].publicKey);
      keys.push({ kid: alg, alg, use, kty, n, e, crv, x, y });
    }
    return { keys };
  },

  /** Reads the issuer's metadata, and remembers the app's own. */
  async discover(app, { id, issuer, metadata, flow, opens_with, ...credentials }) {
    const execute = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks];
    if (flow === 'code id_token') execute.push(oidc.useCodeIdTokenResponseType);
    if (flow === 'id_token') execute.push(oidc.useIdTokenResponseType);
    if (opens_with) execute.push((config) => oidc.enableDecryptingResponses(config, undefined, key(app, opens_with)));
    app.config = await oidc.discovery(new URL(issuer), id, metadata, authentication(app, credentials), { execute });
    return null;
  },

  /** Where the app sends the browser. */
  async authorize(app, { params, by, signs_with }) {
    app.state = oidc.randomState();
    app.nonce = oidc.randomNonce();
    app.verifier = oidc.randomPKCECodeVerifier();
    const all = {
      scope: 'openid profile email', state: app.state, nonce: app.nonce, code_challenge_method: 'S256',
      code_challenge: await oidc.calculatePKCECodeChallenge(app.verifier), ...params,
    };
    if (by === 'push') return oidc.buildAuthorizationUrlWithPAR(app.config, all);
    if (by === 'object') return oidc.buildAuthorizationUrlWithJAR(app.config, all, key(app, signs_with));
    return oidc.buildAuthorizationUrl(app.config, all);
  },

  /** What the browser brings back, with a code. */
  async callback(app, { max_age, ...request }) {
    const checks = { expectedState: app.state, expectedNonce: app.nonce, pkceCodeVerifier: app.verifier, maxAge: max_age };
    return told(app, await oidc.authorizationCodeGrant(app.config, arrival(request), checks));
  },

  /** What the browser brings back, with an ID token alone. */
  async implicit(app, request) {
    app.claims = await oidc.implicitAuthentication(app.config, arrival(request), app.nonce, { expectedState: app.state });
    return app.claims;
  },

  /** Of the person who signed in, or of whom the app takes for them. */
  async userinfo(app, { sub }) {
    return oidc.fetchUserInfo(app.config, app.tokens.access_token, sub ?? app.claims.sub);
  },

  async refresh(app) {
    return told(app, await oidc.refreshTokenGrant(app.config, app.tokens.refresh_token));
  },

  async introspect(app, { token }) {
    return oidc.tokenIntrospection(app.config, app.tokens[token]);
  },

  async revoke(app, { token }) {
    await oidc.tokenRevocation(app.config, app.tokens[token]);
    return null;
  },

  /** Where the app sends the browser to sign out. */
  async end_session(app, { params }) {
    return oidc.buildEndSessionUrl(app.config, { id_token_hint: app.tokens.id_token, ...params });
  },

  /** Believes a logout token, as Back-Channel Logout section 2.6 says. */
  async logout(app, { token }) {
    const { issuer, jwks_uri } = app.config.serverMetadata();
    const { client_id } = app.config.clientMetadata();
    const keys = oidc.createRemoteJWKSet(new URL(jwks_uri));
    const requiredClaims = ['iat', 'exp', 'jti', 'events'];
    const options = { issuer, audience: client_id, typ: 'logout+jwt', requiredClaims };
    const { payload } = await oidc.jwtVerify(token, keys, options);
    const event = payload.events['http://schemas.openid.net/event/backchannel-logout'];
    if (typeof event !== 'object' || 'nonce' in payload) throw new Error('no logout token');
    if (payload.sub !== app.claims.sub || payload.sid !== app.claims.sid) throw new Error('of somebody else');
    return payload;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, app, ...rest } = JSON.parse(line);
  if (!apps.has(app)) apps.set(app, {});
  let answer;
  try {
    answer = { ok: await commands[name](apps.get(app), rest) };
  } catch (error) {
    answer = { error: reasons(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
