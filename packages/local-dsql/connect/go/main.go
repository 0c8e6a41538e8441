package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The hash of no payload, as Signature Version 4 wants it.
const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// The token is a signed request without its scheme, and lets in for 15 minutes.
func token(ctx context.Context, host string) (string, error) {
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return "", err
	}
	keys, err := aws.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	url := "https://" + host + "/?Action=DbConnectAdmin&X-Amz-Expires=900"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	signed, _, err := v4.NewSigner().PresignHTTP(
		ctx, keys, request, emptyPayload, "dsql", aws.Region, time.Now())
	return strings.TrimPrefix(signed, "https://"), err
}

func run(ctx context.Context) error {
	// An empty text leaves the host and TLS to the PG variables.
	settings, err := pgxpool.ParseConfig("user=admin dbname=postgres pool_max_conn_lifetime=55m")
	if err != nil {
		return err
	}
	settings.BeforeConnect = func(ctx context.Context, connection *pgx.ConnConfig) (err error) {
		connection.Password, err = token(ctx, connection.Host)
		return err
	}
	db, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(ctx, `CREATE TABLE IF NOT EXISTS go_notes
		(id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)`); err != nil {
		return err
	}
	var id, note string
	if err := db.QueryRow(ctx, "INSERT INTO go_notes (note) VALUES ('from Go') RETURNING id::text").
		Scan(&id); err != nil {
		return err
	}
	if err := db.QueryRow(ctx, "SELECT note FROM go_notes WHERE id = $1", id).
		Scan(&note); err != nil {
		return err
	}
	fmt.Println(note)
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
