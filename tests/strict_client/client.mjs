// A strict OAuth client, resource server and validator that knows nothing of the service but what standards say:
// oauth4webapi refuses every answer that is not exactly as they demand. Reads one task as JSON from standard input and
// prints what came of it as JSON.

import * as oauth from 'oauth4webapi'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const OPTIONS = { [oauth.allowInsecureRequests]: true } // the service under test is on loopback

async function input() {
  const parts = []
  for await (const part of process.stdin) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}

async function discovered(task) {
  const issuer = new URL(task.issuer)
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...OPTIONS })
  return oauth.processDiscoveryResponse(issuer, answer)
}

async function authentication(party) {
  if (party.secret) return party.post ? oauth.ClientSecretPost(party.secret) : oauth.ClientSecretBasic(party.secret)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', party.jwk, algorithm, false, ['sign'])
  return oauth.PrivateKeyJwt({ key, kid: party.kid })
}

// Sends a request, and once more when the server asks for a nonce in the proof (RFC 9449 §8).
async function withNonce(send) {
  try {
    return { ...(await send()), nonce: false }
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return { ...(await send()), nonce: true }
  }
}

async function exchange(as, task) {
  const client = { client_id: task.agent.id }
  const DPoP = task.dpop ? oauth.DPoP(client, await oauth.generateKeyPair('ES256')) : undefined
  const auth = await authentication(task.agent)
  const { token, nonce } = await withNonce(async () => {
    const answer = await oauth.genericTokenEndpointRequest(as, client, auth, EXCHANGE, task.parameters, { DPoP, ...OPTIONS })
    return { token: await oauth.processGenericTokenEndpointResponse(as, client, answer) }
  })
  const again = task.twice ? await exchange(as, { ...task, twice: false }) : undefined
  const claims = await validated(as, task, token.access_token, DPoP)
  return { token, nonce, claims, again: again?.token.access_token }
}

// Validates the token as the resource server would that gets it with a request (RFC 9068 §4, RFC 9449 §7.1).
async function validated(as, task, accessToken, DPoP) {
  const address = new URL('/apps/storefront', task.audience)
  let request
  const capture = async (url, options) => {
    request = new Request(url, options)
    return new Response('{}')
  }
  await oauth.protectedResourceRequest(accessToken, 'GET', address, undefined, undefined, { DPoP, [oauth.customFetch]: capture })
  return oauth.validateJwtAccessToken(as, request, task.audience, { requireDPoP: Boolean(DPoP), ...OPTIONS })
}

async function identity(as, task) {
  const client = { client_id: task.agent.id }
  const auth = await authentication(task.agent)
  const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, OPTIONS)
  return { token: await oauth.processClientCredentialsResponse(as, client, answer) }
}

async function introspect(as, task) {
  const client = { client_id: task.service.id, introspection_signed_response_alg: task.signed }
  const auth = await authentication(task.service)
  const options = { requestJwtResponse: Boolean(task.signed), ...OPTIONS }
  const answer = await oauth.introspectionRequest(as, client, auth, task.token, options)
  const said = await oauth.processIntrospectionResponse(as, client, answer)
  if (task.signed) await oauth.validateApplicationLevelSignature(as, answer, OPTIONS)
  return { said }
}

async function revoke(as, task) {
  const client = { client_id: task.agent.id }
  const answer = await oauth.revocationRequest(as, client, await authentication(task.agent), task.token, OPTIONS)
  await oauth.processRevocationResponse(answer)
  return {}
}

function told(error) {
  return { failed: error.name, code: error.code, error: error.error, description: error.error_description, message: error.message }
}

const TASKS = { discover: async (as) => ({ metadata: as }), exchange, identity, introspect, revoke }
const task = await input()
let outcome
try {
  outcome = await TASKS[task.do](await discovered(task), task)
} catch (error) {
  outcome = told(error)
}
console.log(JSON.stringify(outcome))
