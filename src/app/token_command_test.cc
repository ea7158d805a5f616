#include "app/token_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace righttask::app {
namespace {

const UnixSeconds kNow{std::chrono::seconds(1'800'000'000)};
const std::string kSecret(40, 's');
const std::string kKeys = RIGHTTASK_FIXTURES "/tokens/keys/";

/// The environment's secret, which is as good as any for most tests.
class TokenCommandTest : public ::testing::Test {
 protected:
  TokenCommandTest() { setenv("RIGHTTASK_JWT_SECRET", kSecret.c_str(), 1); }
  ~TokenCommandTest() override {
    for (const char* name : {"RIGHTTASK_JWT_SECRET", "RIGHTTASK_JWT_ISSUER"}) unsetenv(name);
  }

  /// As main does it.
  Exit run(std::vector<std::string> arguments, const std::string& input = "",
           UnixSeconds now = kNow) {
    arguments.insert(arguments.begin(), "token");
    const auto parsed = parse_command_line(arguments, "1.2.3", {});
    if (const auto* exit = std::get_if<Exit>(&parsed)) return *exit;
    std::istringstream in(input);
    const Exit exit = run_token(std::get<TokenCommand>(parsed), now, in, "fresh-id");
    EXPECT_EQ((exit.out + exit.err).find(kSecret), std::string::npos) << "a secret was printed";
    return exit;
  }

  std::string mint(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "mint");
    const Exit exit = run(arguments);
    EXPECT_EQ(exit.code, kTokenGood) << exit.err;
    return exit.out;
  }
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(TokenCommandTest, MintsWhatItInspects) {  // TOK-28, TOK-32
  const std::string token =
      mint({"--sub", "u1", "--name", "Ann", "--room", "a", "--room", "team-*", "--expires", "2h"});
  EXPECT_EQ(std::ranges::count(token, '\n'), 1);
  const Exit exit = run({"inspect"}, token);
  EXPECT_EQ(exit.code, kTokenGood) << exit.out;
  EXPECT_EQ(exit.out,
            "Header\n{\n  \"alg\": \"HS256\",\n  \"typ\": \"JWT\"\n}\n"
            "Claims\n{\n  \"sub\": \"u1\",\n  \"name\": \"Ann\",\n  \"jti\": \"fresh-id\",\n"
            "  \"rooms\": [\n    \"a\",\n    \"team-*\"\n  ],\n  \"scope\": \"read-write\",\n"
            "  \"iat\": 1800000000,\n  \"exp\": 1800007200\n}\n"
            "Valid until 2027-01-15 10:00:05 UTC\n"
            "Opens\n  read-write  a\n  read-write  team-*\n");
}

TEST_F(TokenCommandTest, RoomsHaveScopes) {  // TOK-28
  EXPECT_TRUE(contains(run({"inspect"}, mint({"--room", "*", "--scope", "readonly"})).out,
                       "Opens\n  readonly    *\n"));
  EXPECT_TRUE(contains(run({"inspect"}, mint({"--room", "a", "--readonly-room", "b"})).out,
                       "Opens\n  read-write  a\n  readonly    b\n"));
  const Exit none = run({"mint"});
  EXPECT_TRUE(contains(none.err, "opens no room"));
  EXPECT_TRUE(contains(run({"inspect"}, none.out).out, "Opens no room"));
}

TEST_F(TokenCommandTest, SignsWithPrivateKeysAndVerifiesWithPublicOnes) {  // TOK-28, TOK-32
  const std::string rsa = mint({"--private-key", kKeys + "rsa2048.pem", "--room", "a"});
  const std::string pss = mint({"--private-key", kKeys + "rsa2048.pem", "--room", "a",
                                "--jwt-rsa-algorithm", "PS256", "--kid", "k1"});
  const std::string ec = mint({"--private-key", kKeys + "ec256.pem", "--room", "a"});
  unsetenv("RIGHTTASK_JWT_SECRET");
  const std::string rsa_keys = kKeys + "rsa2048.pub.pem", ec_keys = kKeys + "ec256.pub.pem";
  EXPECT_EQ(run({"inspect", "--jwt-keys", rsa_keys}, rsa).code, kTokenGood);
  EXPECT_EQ(run({"inspect", "--jwt-keys", ec_keys}, ec).code, kTokenGood);
  const Exit by_pss = run({"inspect", "--jwt-keys", rsa_keys, "--jwt-rsa-algorithm", "PS256"}, pss);
  EXPECT_EQ(by_pss.code, kTokenGood);
  EXPECT_TRUE(contains(by_pss.out, "\"kid\": \"k1\"")) << by_pss.out;
  EXPECT_EQ(run({"inspect", "--jwt-keys", rsa_keys}, pss).code, kTokenRefused);
  EXPECT_EQ(run({"inspect", "--jwt-keys", ec_keys}, rsa).code, kTokenRefused);
}

TEST_F(TokenCommandTest, SaysWhyATokenDoesNotCount) {  // TOK-32, TOK-33
  const std::string token = mint({"--room", "a"});
  const Exit expired = run({"inspect"}, token, kNow + std::chrono::hours(2));
  EXPECT_EQ(expired.code, kTokenRefused);
  EXPECT_TRUE(
      contains(expired.out, "Not valid: it has expired (exp); the client is told 'expired'"))
      << expired.out;
  EXPECT_TRUE(contains(expired.out, "\"exp\": 1800003600"));

  const Exit audience = run({"inspect", "--jwt-audience", "us"}, token);
  EXPECT_EQ(audience.code, kTokenRefused);
  EXPECT_TRUE(contains(audience.out,
                       "its aud does not name the configured audience; the client "
                       "is told 'unauthorized'"))
      << audience.out;

  const Exit garbage = run({"inspect", "a.b"});
  EXPECT_EQ(garbage.code, kTokenRefused);
  EXPECT_EQ(garbage.out, "Not valid: it has not three parts; the client is told 'unauthorized'\n");
  EXPECT_EQ(run({"inspect"}, "").code, kTokenRefused);
  EXPECT_EQ(run({"inspect"}, std::string(100'000, 'a')).code, kTokenRefused);
}

TEST_F(TokenCommandTest, IssuerAndAudienceAreTheServers) {  // TOK-32
  setenv("RIGHTTASK_JWT_ISSUER", "me", 1);
  const std::string token = mint({"--room", "a", "--aud", "us"});
  const Exit exit = run({"inspect", "--jwt-audience", "us"}, token);
  EXPECT_EQ(exit.code, kTokenGood) << exit.out;
  EXPECT_TRUE(contains(exit.out, "\"iss\": \"me\""));
  EXPECT_EQ(run({"inspect", "--jwt-issuer", "other"}, token).code, kTokenRefused);
}

TEST_F(TokenCommandTest, WithoutKeysATokenIsShownAndNotJudged) {  // TOK-33
  const std::string token = mint({"--room", "a"});
  unsetenv("RIGHTTASK_JWT_SECRET");
  const Exit exit = run({"inspect"}, token);
  EXPECT_EQ(exit.code, kTokenUnverified);
  EXPECT_TRUE(contains(exit.out, "Not verified"));
  EXPECT_FALSE(contains(exit.out, "Valid"));
  EXPECT_EQ(run({"inspect", "garbage"}).code, kTokenRefused);
}

TEST_F(TokenCommandTest, WrongUseIsToldApart) {  // TOK-33
  struct Case {
    std::vector<std::string> arguments;
    std::string_view says;
  };
  const Case cases[] = {
      {{}, "subcommand"},
      {{"mint", "--expires", "1 h"}, "as in 1h"},
      {{"mint", "--expires", "0h"}, "as in 1h"},
      {{"mint", "--expires", "-1h"}, "as in 1h"},
      {{"mint", "--expires", "99999999d"}, "as in 1h"},
      {{"mint", "--room", "a\nb"}, "no room can have that name"},
      {{"mint", "--scope", "admin"}, "--scope"},
      {{"mint", "--room", "a", "--readonly-room", "a"}, "named twice"},
      {{"mint", "--secret-file", "/nowhere"}, "/nowhere: No such file"},
      {{"mint", "--private-key", kKeys + "ec256.pub.pem"}, "not a PEM private key"},
      {{"mint", "--private-key", kKeys + "ec256.pem", "--secret-file", "/x"}, "not both"},
      {{"inspect", "--jwt-keys", "/nowhere"}, "/nowhere: No such file"},
      {{"inspect", "--jwt-keys", kKeys + "ec256.pem"}, "private key"},
      {{"inspect", "--jwt-rsa-algorithm", "RS512"}, "--jwt-rsa-algorithm"},
      {{"inspect", "--frobnicate"}, "--frobnicate"},
  };
  for (const auto& c : cases) {
    const Exit exit = run(c.arguments);
    EXPECT_EQ(exit.code, kTokenUnusable) << c.says;
    EXPECT_TRUE(contains(exit.err, c.says)) << exit.err << " lacks " << c.says;
  }
}

TEST_F(TokenCommandTest, SecretsOfTheEnvironmentAreChecked) {  // TOK-30
  setenv("RIGHTTASK_JWT_SECRET", "", 1);
  EXPECT_TRUE(contains(run({"mint"}).err, "is set but empty"));
  EXPECT_TRUE(contains(run({"inspect", "x"}).err, "is set but empty"));
  setenv("RIGHTTASK_JWT_SECRET", "short", 1);
  EXPECT_TRUE(contains(run({"mint"}).err, "at least 32"));
  unsetenv("RIGHTTASK_JWT_SECRET");
  EXPECT_TRUE(contains(run({"mint"}).err, "no key to sign with"));
}

TEST_F(TokenCommandTest, ASecretFileWinsOverTheEnvironment) {  // TOK-30
  const std::string token = mint({"--room", "a", "--secret-file", kKeys + "secret.txt"});
  EXPECT_EQ(run({"inspect"}, token).code, kTokenRefused);
  for (const std::string flag : {"--jwt-secret-file", "--secret-file"}) {
    EXPECT_EQ(run({"inspect", flag, kKeys + "secret.txt"}, token).code, kTokenGood);
  }
}

TEST_F(TokenCommandTest, NamesKeysThatArePassedOver) {  // TOK-4, TOK-32
  std::string pattern = ::testing::TempDir() + "righttask-jwks-XXXXXX";
  const int file = mkstemp(pattern.data());
  ASSERT_NE(file, -1);
  close(file);
  std::ofstream(pattern) << R"({"keys":[{"kty":"OKP","kid":"e"},{"kty":"oct","k":")"
                         << std::string(43, 'A') << "\"}]}";
  const Exit exit = run({"inspect", "--jwt-keys", pattern, "x"});
  unlink(pattern.c_str());
  EXPECT_TRUE(contains(exit.err, "passed over key 'e': keys of type OKP")) << exit.err;
}

TEST(Lifetime, IsANumberAndAUnit) {  // TOK-28
  EXPECT_EQ(parse_lifetime("90s"), std::chrono::seconds(90));
  EXPECT_EQ(parse_lifetime("30m"), std::chrono::minutes(30));
  EXPECT_EQ(parse_lifetime("1h"), std::chrono::hours(1));
  EXPECT_EQ(parse_lifetime("3653d"), std::chrono::days(3653));
  for (const std::string_view bad :
       {"", "h", "1", "1w", "1.5h", "+1h", " 1h", "3654d", "4294967296s"}) {
    EXPECT_EQ(parse_lifetime(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace righttask::app
