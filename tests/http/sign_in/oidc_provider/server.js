// A provider with its own keys and discovery. Its clients get access tokens, signed JWTs, for client credentials, so the
// token's subject is the client's id. Prints its port once it listens.
import http from 'node:http'
import Provider from 'oidc-provider'

const server = http.createServer((request, response) => provider.callback()(request, response))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`
const client = (id) => ({ client_id: id, client_secret: 'test', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] })
const provider = new Provider(issuer, {
  clients: ['known-there', 'unknown-here'].map(client),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) =>
        ({ scope: '', audience: resource.slice('urn:'.length), accessTokenTTL: 600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
})
console.log(server.address().port)
