# Anne's own hand: a token with which she manages what others do for her
ANNE=$(curl -s "$ISSUER/development/token" -H 'Content-Type: application/json' \
  -d '{"user": "anne", "audience": "'$ISSUER'/delegations"}' \
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')

# What Anne lets agents do
curl -s "$ISSUER/delegations?organization=acme" -H "Authorization: Bearer $ANNE" | python3 -m json.tool

# Let planner view what lies beside for five minutes
curl -s "$ISSUER/delegations" -H "Authorization: Bearer $ANNE" -H 'Content-Type: application/json' \
  -d '{"organization": "acme", "agent": "planner", "resource": "'$BESIDE'",
       "roles": ["'$LESSER'"], "expires_in": 300}' | python3 -m json.tool

# Stop the agent everywhere at once: no token of it is worth anything until it is "active" again
curl -s -X PATCH "$ISSUER/agents/planner" -H "Authorization: Bearer $ADMIN" \
  -H 'Content-Type: application/json' -d '{"status": "suspended"}' | python3 -m json.tool

# Nobody gets at a document without a token
curl -si "$DOCUMENTS/apps/storefront/documents"

# What the service says of itself
curl -s "$ISSUER/.well-known/oauth-authorization-server" | python3 -m json.tool
