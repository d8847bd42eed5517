// A program on the generated TypeScript client: create → list → role → delete.
import { assignRole, createKey, listKeys, revokeKey } from "./portal";
import { client } from "./portal/client.gen";

declare const process: { env: { API_URL: string; API_KEY: string } };

async function main(): Promise<void> {
  const { API_URL, API_KEY } = process.env;
  client.setConfig({ baseUrl: API_URL, auth: API_KEY });
  const throwOnError = true;

  const body = { email: "till@example.com", name: "Till", expiration: "never" };
  const created = (await createKey({ body, throwOnError })).data;
  console.log("created", created.client_id, created.expiration);

  const listed = (await listKeys({ query: { role: "viewer", status: "active" }, throwOnError })).data;
  console.log("listed", listed.items.map((key) => key.client_id).join(","));

  const path = { client_id: created.client_id };
  const changed = (await assignRole({ path, body: { role: "GL" }, throwOnError })).data;
  console.log("role", changed.role);

  const { response } = await revokeKey({ path, throwOnError });
  console.log("deleted", response?.status);
}

void main();
