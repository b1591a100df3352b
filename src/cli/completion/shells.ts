export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const

export const installation = `Once for each shell:
  bash        echo 'source <(switchboard complete bash)' >> ~/.bashrc      (it needs the package bash-completion)
  zsh         echo 'source <(switchboard complete zsh)' >> ~/.zshrc        (below the line with compinit)
  fish        switchboard complete fish > ~/.config/fish/completions/switchboard.fish
  powershell  switchboard complete powershell >> $PROFILE

The shell has to find the command: npm install --global mcp-switchboard, or a function in the same file, such as
  switchboard() { npx switchboard "$@"; }`
