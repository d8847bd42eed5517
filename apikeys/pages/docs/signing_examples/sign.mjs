// Send a request signed with a key's secret, which itself stays here (RFC 9421, Ed25519).
//   node sign.mjs GET "$API_URL/v1/api-key/self"
//   node sign.mjs PATCH "$API_URL/v1/api-key/keys/$CLIENT_ID" '{"description": "Signed"}'
const secret = process.env.API_KEY;
const clientId = secret.slice(0, secret.lastIndexOf("_"));
const bytes = (text) => new TextEncoder().encode(text);
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

async function signingKey() {
  const info = bytes("request-signing/ed25519/v1");
  const derivation = { name: "HKDF", hash: "SHA-256", salt: bytes(clientId), info };
  const raw = await crypto.subtle.importKey("raw", bytes(secret), "HKDF", false, ["deriveBits"]);
  const seed = new Uint8Array(await crypto.subtle.deriveBits(derivation, raw, 256));
  // A seed is imported as PKCS #8: these 16 bytes (RFC 8410, 7), then the seed.
  const head = Uint8Array.from(atob("MC4CAQAwBQYDK2VwBCIEIA=="), (c) => c.charCodeAt(0));
  const key = new Uint8Array([...head, ...seed]);
  return crypto.subtle.importKey("pkcs8", key, "Ed25519", false, ["sign"]);
}

async function signedHeaders(method, url, body) {
  const headers = {}, covered = { "@method": method, "@target-uri": url };
  if (body !== undefined) {
    const digest = base64(await crypto.subtle.digest("SHA-256", bytes(body)));
    covered["content-digest"] = headers["Content-Digest"] = `sha-256=:${digest}:`;
  }
  const names = Object.keys(covered).map((name) => `"${name}"`).join(" ");
  const created = Math.floor(Date.now() / 1000), nonce = crypto.randomUUID();
  const parameters = `(${names});created=${created};keyid="${clientId}";alg="ed25519"` +
    `;nonce="${nonce}";tag="api-key-portal"`;
  const lines = Object.entries(covered).map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${parameters}`].join("\n");
  const signature = base64(await crypto.subtle.sign("Ed25519", await signingKey(), bytes(base)));
  return { ...headers, "Signature-Input": `sig=${parameters}`, Signature: `sig=:${signature}:` };
}

const [method, address, body] = process.argv.slice(2), url = new URL(address).href;
const headers = { "Content-Type": "application/json", ...(await signedHeaders(method, url, body)) };
const answer = await fetch(url, { method, headers, body });
console.log(answer.status, await answer.text());
