CREATE SEQUENCE "public"."grant_versions" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "api_keys_name" UNIQUE("name"),
	CONSTRAINT "api_keys_hash" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "audit_lines" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_lines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"user_id" text,
	"action" text NOT NULL,
	"subject" text,
	"details" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "flows" (
	"state_hash" text PRIMARY KEY NOT NULL,
	"binding_hash" text NOT NULL,
	"user_id" text NOT NULL,
	"server_id" uuid NOT NULL,
	"issuer" text NOT NULL,
	"client_id" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"resource" text NOT NULL,
	"scopes" json NOT NULL,
	"sealed_code_verifier" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"server_id" uuid PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"state" text NOT NULL,
	"issuer" text,
	"client_id" text,
	"redirect_uri" text,
	"resource" text,
	"scopes" json NOT NULL,
	"wanted_scopes" json NOT NULL,
	"denied_scopes" json NOT NULL,
	"sealed_access_token" text,
	"sealed_refresh_token" text,
	"expires_at" timestamp (3) with time zone,
	"version" integer NOT NULL,
	"lease_holder" text,
	"lease_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "oauth_clients" (
	"issuer" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"client_id" text NOT NULL,
	"sealed_client_secret" text,
	"token_endpoint_auth_method" text NOT NULL,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "oauth_clients_issuer_redirect_uri_pk" PRIMARY KEY("issuer","redirect_uri")
);
--> statement-breakpoint
CREATE TABLE "observations" (
	"server_id" uuid PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"from" text NOT NULL,
	"problem" text,
	"functions" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "servers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"position" integer NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"enabled" boolean NOT NULL,
	"template_id" uuid,
	"tools" json NOT NULL,
	"header_names" json NOT NULL,
	"sealed_headers" text,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "servers_user_id_name" UNIQUE("user_id","name")
);
--> statement-breakpoint
CREATE TABLE "templates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"url" text NOT NULL,
	"needs" json NOT NULL,
	CONSTRAINT "templates_name" UNIQUE("name")
);
--> statement-breakpoint
ALTER TABLE "flows" ADD CONSTRAINT "flows_server_id_servers_id_fk" FOREIGN KEY ("server_id") REFERENCES "public"."servers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_server_id_servers_id_fk" FOREIGN KEY ("server_id") REFERENCES "public"."servers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "observations" ADD CONSTRAINT "observations_server_id_servers_id_fk" FOREIGN KEY ("server_id") REFERENCES "public"."servers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_lines_user_id" ON "audit_lines" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "flows_server_id" ON "flows" USING btree ("server_id");--> statement-breakpoint
CREATE INDEX "flows_expires_at" ON "flows" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "grants_expires_at" ON "grants" USING btree ("expires_at") WHERE "grants"."sealed_refresh_token" is not null;--> statement-breakpoint
CREATE INDEX "servers_user_id_position" ON "servers" USING btree ("user_id","position","id");