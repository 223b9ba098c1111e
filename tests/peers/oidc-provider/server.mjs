// oidc-provider as somebody else's provider: it signs in whomever login_hint names, without a question, and keeps all in memory.
// Usage: node server.mjs CONFIGURATION, which is JSON on the command line: {"port", "client"}
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

// Node 20 lacks these two, which oidc-provider expects
URL.parse ??= (url, base) => { try { return new URL(url, base); } catch { return null; } };
Promise.withResolvers ??= () => {
  const all = {};
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
  return all;
};
const { Provider } = await import('oidc-provider');

const { port, client } = JSON.parse(process.argv[2]);
const key = (type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', kid: randomUUID() });

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client],
  jwks: { keys: [key('rsa', { modulusLength: 2048 }), key('ec', { namedCurve: 'P-256' })] },
  cookies: { keys: ['for tests only'] },
  scopes: ['openid', 'email', 'profile', 'offline_access'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], acr: null, amr: null, auth_time: null },
  acrValues: ['urn:example:mfa'],
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = form.replace('</form>', '<button name="logout" value="yes">Sign out</button></form>');
      },
    },
    backchannelLogout: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
  },
  // It sends nothing to addresses of the machine by itself
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: true, name: id.split('@')[0] }),
  }),
  async loadExistingGrant(ctx) {
    const { client: { clientId }, session: { accountId } } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({ clientId, accountId });
    grant.addOIDCScope('openid email profile offline_access');
    await grant.save();
    return grant;
  },
});

provider.on('backchannel.error', (ctx, error) => console.error(error));

const handle = provider.callback();
const server = createServer(async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return handle(request, response);
  const { params } = await provider.interactionDetails(request, response);
  const mfa = params.acr_values === 'urn:example:mfa';
  const login = { accountId: params.login_hint ?? 'nobody@peer.example', amr: mfa ? ['pwd', 'mfa'] : ['pwd'] };
  if (mfa) login.acr = 'urn:example:mfa';
  return provider.interactionFinished(request, response, { login });
});
server.listen(port, '127.0.0.1', () => console.log('ready'));
