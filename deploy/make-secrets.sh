#!/bin/sh
# Makes what is missing of the secrets that compose.yaml mounts, and changes none that is there. Run it beside compose.yaml.
set -eu
here=$(dirname "$0")
folder=${1:-secrets}
# Otherwise there would be secrets that are empty, and stay so.
command -v openssl > /dev/null || { echo "openssl is needed, and not found" >&2; exit 1; }

# Nobody else enters the folder. What is in it can be read by every user, since containers run as users of their own.
mkdir -p "$folder"
chmod 700 "$folder"

make() {
  if [ -e "$folder/$1" ]; then
    cat > /dev/null
    return
  fi
  cat > "$folder/$1.new"
  chmod 644 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
  echo "made $folder/$1"
}

openssl rand -hex 32 | make livekit-api-secret
openssl rand -hex 24 | make postgres-password
printf 'k1:%s\n' "$(openssl rand -base64 32)" | make registry-keys
{
  cat "$here/livekit.yaml"
  printf 'keys:\n  switchboard: %s\n' "$(cat "$folder/livekit-api-secret")"
} | make livekit.yaml
# Empty: not set. The registry makes the one of the workers, you put in that of OpenAI.
printf '' | make registry-agent-key
printf '' | make openai-api-key
