class Inneros < Formula
  desc "Start, stop, watch and explain a background daemon"
  homepage "https://github.com/@REPOSITORY@"
  url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/inneros-tray-@VERSION@.tar.gz"
  sha256 "@SHA256@"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "rust" => :build

  # The command alone. On a Mac, the cask `inneros-tray` has it and the menu-bar app.
  def install
    system "cargo", "install", "--no-default-features", *std_cargo_args
    generate_completions_from_executable(bin/"inneros", "completions")
    system bin/"inneros", "man", "--dir", man1
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/inneros --version")
    # 3: nothing runs.
    output = shell_output("#{bin}/inneros --home #{testpath} --json daemon status", 3)
    assert_match "not-configured", output
  end
end
