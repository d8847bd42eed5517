// A program on the generated Java client: create → list → role → delete.
import portal.ApiClient;
import portal.KeyCreation;
import portal.KeyCreationExpiration;
import portal.KeysApi;
import portal.Role;
import portal.RoleChange;

public class Main {
  public static void main(String[] arguments) throws Exception {
    var client = new ApiClient();
    client.updateBaseUri(System.getenv("API_URL"));
    client.setRequestInterceptor(request -> request.header("api-key", System.getenv("API_KEY")));
    var keys = new KeysApi(client);

    var wanted = new KeyCreation()
        .email("till@example.com")
        .name("Till")
        .expiration(new KeyCreationExpiration("never"));
    var created = keys.createKey(wanted, null);
    var id = created.getClientId();
    System.out.println("created " + id + " " + created.getExpiration().getActualInstance());

    var listed = keys.listKeys(null, null, "active", Role.VIEWER, null, null, null);
    listed.getItems().forEach(key -> System.out.println("listed " + key.getClientId()));

    var changed = keys.assignRole(id, new RoleChange().role(Role.GL), null);
    System.out.println("role " + changed.getRole());

    var deleted = keys.revokeKeyWithHttpInfo(id, null, null);
    System.out.println("deleted " + deleted.getStatusCode());
  }
}
