cask "inneros-tray" do
  version "@VERSION@"
  sha256 "@SHA256@"

  url "https://github.com/@REPOSITORY@/releases/download/v#{version}/InnerOS-#{version}.dmg"
  name "InnerOS"
  desc "Menu-bar app that starts, stops, watches and explains a background daemon"
  homepage "https://github.com/@REPOSITORY@"

  livecheck do
    url :url
    strategy :github_latest
  end

  depends_on macos: :ventura

  app "InnerOS.app"
  # The formula `inneros` installs this command, too: have one of the two.
  binary "#{appdir}/InnerOS.app/Contents/MacOS/inneros"

  uninstall quit: "dev.inneros.tray"

  # Not in `uninstall`, which runs at each upgrade: the login items would be lost.
  zap launchctl: [
        "dev.inneros.daemon",
        "dev.inneros.tray",
      ],
      trash:     [
        "~/.inneros",
        "~/Library/Application Support/dev.inneros.inneros-demo",
      ]
end
