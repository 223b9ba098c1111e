// What goes into openid-client.min.mjs: see README.md beside this folder.
export {
  ClientSecretBasic, None, PrivateKeyJwt, allowInsecureRequests, authorizationCodeGrant, buildAuthorizationUrl,
  buildAuthorizationUrlWithJAR, buildAuthorizationUrlWithPAR, buildEndSessionUrl, calculatePKCECodeChallenge, discovery,
  enableDecryptingResponses, enableNonRepudiationChecks, fetchUserInfo, implicitAuthentication, randomNonce,
  randomPKCECodeVerifier, randomState, refreshTokenGrant, tokenIntrospection, tokenRevocation, useCodeIdTokenResponseType,
  useIdTokenResponseType,
} from 'openid-client';
export { createRemoteJWKSet, jwtVerify } from 'jose';
