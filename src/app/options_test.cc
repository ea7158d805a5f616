#include "app/options.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace righttask::app {
namespace {

/// Sets an environment variable for one test.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name_); }

 private:
  const char* name_;
};

std::variant<ServeOptions, TokenCommand, DocCommand, BenchCommand, Exit> parse(
    const std::vector<std::string>& arguments) {
  return parse_command_line(arguments, "1.2.3", {});
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto parsed = parse(arguments);
  const auto* exit = std::get_if<Exit>(&parsed);
  return exit != nullptr && exit->code != 0 ? exit->err : "";
}

TEST(Options, DefaultsServeOnLoopbackPort4000) {
  const auto parsed = parse({"serve"});
  ASSERT_TRUE(std::holds_alternative<ServeOptions>(parsed));
  const auto& options = std::get<ServeOptions>(parsed);
  EXPECT_EQ(options.listen.str(), "127.0.0.1:4000");
  EXPECT_EQ(options.data_dir, "data");
  EXPECT_FALSE(options.memory);
  EXPECT_EQ(options.limits.room_idle, std::chrono::seconds(60));
  EXPECT_EQ(options.limits.presence_grace, std::chrono::seconds(3));
}

TEST(Options, FlagsWinOverEnvironmentOverPort) {
  const Environment port("PORT", "1");
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve"})).listen.port, 1);
  const Environment listen("RIGHTTASK_LISTEN", "127.0.0.1:2");
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve"})).listen.port, 2);
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve", "--listen", "127.0.0.1:3"})).listen.port, 3);
}

TEST(Options, ReadsListsAndTimes) {
  const auto options = std::get<ServeOptions>(
      parse({"serve", "--origins", "https://a.example,//*.b.example", "--room-idle", "5"}));
  EXPECT_EQ(options.origins, (std::vector<std::string>{"https://a.example", "//*.b.example"}));
  EXPECT_EQ(options.limits.room_idle, std::chrono::milliseconds(5));
}

TEST(Options, SaysWhatIsCompressed) {
  const auto above = [](const std::string& given) {
    return std::get<ServeOptions>(parse({"serve", "--compress-above", given})).compress_above_bytes;
  };
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve"})).compress_above_bytes, 512U);
  EXPECT_EQ(above("2000"), 2000U);
  EXPECT_EQ(above("4KiB"), 4096U);
  EXPECT_EQ(above("0"), 0U);
  EXPECT_EQ(above("off"), 0U);
  EXPECT_NE(refusal({"serve", "--compress-above", "yes"}), "");
  EXPECT_NE(refusal({"serve", "--compress-above", "-1"}), "");
  const Environment off("RIGHTTASK_COMPRESS_ABOVE", "off");
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve"})).compress_above_bytes, 0U);
}

TEST(Options, SaysWhereDocumentsAreKept) {
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve", "--data", "/srv/x"})).data_dir, "/srv/x");
  EXPECT_TRUE(std::get<ServeOptions>(parse({"serve", "--memory"})).memory);
  const Environment data("RIGHTTASK_DATA", "/srv/y");
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve"})).data_dir, "/srv/y");
}

TEST(Options, MetricsHaveAnAddressOfTheirOwnWhenAskedFor) {  // MET-2
  EXPECT_EQ(std::get<ServeOptions>(parse({"serve"})).metrics_listen, std::nullopt);
  const auto options = std::get<ServeOptions>(parse({"serve", "--metrics-listen", "0.0.0.0:9464"}));
  ASSERT_TRUE(options.metrics_listen.has_value());
  EXPECT_EQ(options.metrics_listen->str(), "0.0.0.0:9464");
  EXPECT_NE(refusal({"serve", "--metrics-listen", "9464"}).find("--metrics-listen 9464"),
            std::string::npos);
}

TEST(Options, RightsAreKeptBesideTheDocumentsUnlessToldOtherwise) {  // ADM-13
  const auto file = [](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"serve", "--data", "/d"});
    return std::get<ServeOptions>(parse(flags)).rights_file();
  };
  EXPECT_EQ(file({}), "") << "in open mode nobody has any";
  EXPECT_EQ(file({"--jwt-secret-file", "s"}), "/d/rights.json");
  EXPECT_EQ(file({"--jwt-secret-file", "s", "--memory"}), "");
  EXPECT_EQ(file({"--jwt-secret-file", "s", "--memory", "--admin-state", "/f"}), "/f");
  EXPECT_EQ(file({"--admin-state", "/f"}), "/f");
}

TEST(Options, RefusesAPublicAddressWithoutAuthentication) {
  EXPECT_NE(refusal({"serve", "--listen", "0.0.0.0:4000"}).find("--insecure-open"),
            std::string::npos);
  const auto told = parse({"serve", "--listen", "0.0.0.0:4000", "--insecure-open"});
  EXPECT_TRUE(std::holds_alternative<ServeOptions>(told));
}

TEST(Options, AllowsAPublicAddressWhereTokensAreVerified) {  // TOK-30
  for (const char* flag : {"--jwt-secret-file", "--jwt-keys"}) {
    const auto parsed = parse({"serve", "--listen", "0.0.0.0:4000", flag, "file"});
    ASSERT_TRUE(std::holds_alternative<ServeOptions>(parsed)) << flag;
    EXPECT_TRUE(std::get<ServeOptions>(parsed).jwt.configured());
  }
  // An issuer alone verifies nothing.
  EXPECT_NE(refusal({"serve", "--listen", "0.0.0.0:4000", "--jwt-issuer", "me"}), "");
  const Environment secret("RIGHTTASK_JWT_SECRET", "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(refusal({"serve", "--listen", "0.0.0.0:4000"}), "");
}

TEST(Options, ReadsProxies) {  // HTTP-19, HTTP-22
  const auto options = std::get<ServeOptions>(
      parse({"serve", "--trusted-proxies", "10.0.0.0/8,::1", "--force-https"}));
  EXPECT_TRUE(options.force_https);
  EXPECT_EQ(options.https_port, 443);
  EXPECT_TRUE(options.trusted_proxies.contains(*net::PeerAddress::parse("10.1.2.3")));
  EXPECT_TRUE(options.trusted_proxies.contains(*net::PeerAddress::parse("::1")));
  EXPECT_FALSE(options.trusted_proxies.contains(*net::PeerAddress::parse("127.0.0.1")));
  const Environment proxies("RIGHTTASK_TRUSTED_PROXIES", "192.0.2.1");
  EXPECT_TRUE(std::get<ServeOptions>(parse({"serve"}))
                  .trusted_proxies.contains(*net::PeerAddress::parse("192.0.2.1")));
}

TEST(Options, SaysWhatIsWrong) {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view says;
  };
  const Case cases[] = {
      {{"serve", "--listen", "4000"}, "as in 127.0.0.1:4000"},
      {{"serve", "--listen", ":4000"}, "is missing"},
      {{"serve", "--listen", "::1:4000"}, "brackets"},
      {{"serve", "--listen", "localhost:70000"}, "0 to 65535"},
      {{"serve", "--web-dir", "/nowhere"}, "no index.html"},
      {{"serve", "--log-level", "loud"}, "no log level"},
      {{"serve", "--data", ""}, "name a folder"},
      {{"serve", "--room-idle", "-1"}, "--room-idle"},
      {{"serve", "--trusted-proxies", "10.0.0.0/8,proxy"}, "'proxy'"},
      {{"serve", "--force-https"}, "--trusted-proxies"},
      {{"serve", "--https-port", "0"}, "--https-port"},
      {{"serve", "--https-port", "65536"}, "--https-port"},
      {{"serve", "--frobnicate"}, "--frobnicate"},
      {{"frobnicate"}, "frobnicate"},
      {{}, "serve"},
  };
  for (const auto& c : cases) {
    const std::string message = refusal(c.arguments);
    EXPECT_NE(message.find(c.says), std::string::npos) << message << " lacks " << c.says;
  }
}

TEST(Options, HelpAndVersionExitWithZero) {
  const auto version = std::get<Exit>(parse({"--version"}));
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "righttask 1.2.3\n");
  const auto help = std::get<Exit>(parse({"serve", "--help"}));
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("--listen"), std::string::npos);
}

TEST(Options, TakesTheAdministratorsCredentialFromAFileOrAVariable) {  // ADM-2
  const auto credential = [](const std::vector<std::string>& arguments) {
    return std::get<ServeOptions>(parse(arguments)).admin.credential();
  };
  ASSERT_TRUE(credential({"serve"}));
  EXPECT_FALSE(credential({"serve"})->has_value());
  EXPECT_NE(credential({"serve", "--admin-listen", "127.0.0.1:1"}).error().find("--admin-listen"),
            std::string::npos);
  const Environment variable("RIGHTTASK_ADMIN_TOKEN", "0123456789abcdef0123456789abcdef");
  EXPECT_TRUE(credential({"serve"})->value().matches("0123456789abcdef0123456789abcdef"));
  EXPECT_NE(credential({"serve", "--admin-token-file", "/nowhere"}).error().find("/nowhere"),
            std::string::npos);
  const Environment empty("RIGHTTASK_ADMIN_TOKEN", "");
  EXPECT_NE(credential({"serve"}).error().find("RIGHTTASK_ADMIN_TOKEN"), std::string::npos);
}

TEST(Options, ChecksTheAddressOfTheAdministration) {  // ADM-4
  EXPECT_NE(refusal({"serve", "--admin-listen", "4001"}).find("--admin-listen 4001"),
            std::string::npos);
}

}  // namespace
}  // namespace righttask::app
