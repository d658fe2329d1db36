// The authorization server that the service is measured beside, as its documentation sets it up: what it reads as JSON
// from the file that is named, and the memory adapter that comes with it.

import { readFileSync } from 'node:fs'
import Provider from 'oidc-provider'

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'))

const provider = new Provider(given.issuer, {
  clients: given.clients,
  jwks: { keys: [given.key] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    // A service asks about every token, as ours may about those that are for it.
    introspection: { enabled: true, allowedPolicy: (ctx, client) => client.clientId === given.service },
    // With a resource, what is issued is a signed JWT; without one, an opaque token, which alone can be introspected.
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: given.scope,
        audience: given.resource,
        accessTokenTTL: 3600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  scopes: [given.scope],
  ttl: { ClientCredentials: 3600 },
})

provider.on('server_error', (_, error) => console.error(error))
provider.listen(given.port, '127.0.0.1')
