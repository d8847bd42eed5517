// A program on the generated Go client: create → list → role → delete.
package main

import (
	"context"
	"fmt"
	"os"

	"example.com/till/portal"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	configuration := portal.NewConfiguration()
	configuration.Servers[0].URL = os.Getenv("API_URL")
	keys := portal.NewAPIClient(configuration).KeysAPI
	secret := map[string]portal.APIKey{"api-key": {Key: os.Getenv("API_KEY")}}
	ctx := context.WithValue(context.Background(), portal.ContextAPIKeys, secret)

	never := "never"
	wanted := portal.NewKeyCreation("till@example.com")
	wanted.SetName("Till")
	wanted.SetExpiration(portal.KeyCreationExpiration{String: &never})
	created, _, err := keys.CreateKey(ctx).KeyCreation(*wanted).Execute()
	must(err)
	expiration := created.GetExpiration()
	fmt.Println("created", created.GetClientId(), *expiration.String)

	listed, _, err := keys.ListKeys(ctx).Role(portal.VIEWER).Status("active").Execute()
	must(err)
	for _, key := range listed.GetItems() {
		fmt.Println("listed", key.GetClientId())
	}

	change := portal.NewRoleChange(portal.GL)
	changed, _, err := keys.AssignRole(ctx, created.GetClientId()).RoleChange(*change).Execute()
	must(err)
	fmt.Println("role", changed.GetRole())

	deleted, err := keys.RevokeKey(ctx, created.GetClientId()).Execute()
	must(err)
	fmt.Println("deleted", deleted.StatusCode)
}
