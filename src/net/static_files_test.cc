#include "net/static_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace righttask::net {
namespace {

namespace fs = std::filesystem;

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    root = fs::path(::testing::TempDir()) / ("static_files_" + name + std::to_string(getpid()));
    fs::create_directories(root / "site" / "assets");
    write("secret.txt", "outside");
    write("site/index.html", "<index>");
    write("site/favicon.ico", "icon");
    write("site/assets/app-1f2e.js", "script");
    write("site/assets/app-1f2e.js.gz", "script gz");
    write("site/assets/app-1f2e.js.br", "script br");
    write("site/alone.gz", "no plain form");
    write("site/.env", "hidden");
    fs::create_symlink(root / "secret.txt", root / "site" / "link.txt");
    fs::create_symlink("favicon.ico", root / "site" / "inner.ico");
  }
  void TearDown() override { fs::remove_all(root); }

  void write(const fs::path& path, std::string_view text) { std::ofstream(root / path) << text; }

  static HttpRequest get(std::string path, std::string_view accept = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = std::move(path);
    if (!accept.empty()) request.headers.add("Accept-Encoding", std::string(accept));
    return request;
  }
  static std::string field(const HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  static std::string body(const HttpResponse& response) {
    return response.body ? std::string(as_text(*response.body)) : "";
  }

  fs::path root;
};

// HTTP-12 to HTTP-15
TEST_F(StaticFilesTest, ServesFilesAndTheIndexForPages) {
  const auto files = StaticFiles::load(root / "site");
  ASSERT_TRUE(files) << files.error();
  EXPECT_EQ(files->file_count(), 4U);
  const struct {
    std::string path;
    int status;
    std::string body;
  } cases[] = {
      {"/", 200, "<index>"},
      {"/index.html", 200, "<index>"},
      {"/rooms/task-list-1", 200, "<index>"},
      {"/favicon.ico", 200, "icon"},
      {"/inner.ico", 200, "icon"},
      {"/%66avicon.ico", 200, "icon"},
      {"/assets/app-1f2e.js", 200, "script"},
      {"/assets/app-0000.js", 404, ""},
      {"/assets/none", 404, ""},
      {"/missing.png", 404, ""},
      {"/link.txt", 404, ""},
      {"/.env", 404, ""},
      {"/alone.gz", 404, ""},
      {"/assets/app-1f2e.js.gz", 404, ""},
      {"/../secret.txt", 400, ""},
      {"/%2e%2e/secret.txt", 400, ""},
      {"/..%2fsecret.txt", 400, ""},
      {"/favicon.ico%00", 400, ""},
      {"/%zz", 400, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    const HttpResponse response = files->respond(get(c.path));
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.status == 200 ? body(response) : "", c.body);
  }
  HttpRequest post = get("/");
  post.method = "POST";
  EXPECT_EQ(files->respond(post).status, 405);
}

TEST_F(StaticFilesTest, SaysHowLongToKeepAndWhatMayRun) {
  const auto files = StaticFiles::load(root / "site");
  ASSERT_TRUE(files);
  const HttpResponse index = files->respond(get("/"));
  EXPECT_EQ(field(index, "Cache-Control"), "no-cache");
  EXPECT_EQ(field(index, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(field(index, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(field(index, "Referrer-Policy"), "no-referrer");
  for (const char* part : {"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"}) {
    EXPECT_NE(field(index, "Content-Security-Policy").find(part), std::string::npos) << part;
  }
  EXPECT_EQ(field(index, "X-Frame-Options"), "DENY");
  const HttpResponse script = files->respond(get("/assets/app-1f2e.js"));
  EXPECT_EQ(field(script, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(field(script, "Vary"), "Accept-Encoding");
  EXPECT_TRUE(is_well_formed(script));
}

TEST_F(StaticFilesTest, AnswersNotModified) {
  const auto files = StaticFiles::load(root / "site");
  ASSERT_TRUE(files);
  HttpRequest request = get("/");
  const std::string etag = field(files->respond(request), "ETag");
  ASSERT_FALSE(etag.empty());
  request.headers.add("If-None-Match", "W/" + etag);
  const HttpResponse response = files->respond(request);
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(field(response, "ETag"), etag);
  EXPECT_FALSE(response.body);
}

TEST_F(StaticFilesTest, PrefersCompressedForms) {
  const auto files = StaticFiles::load(root / "site");
  ASSERT_TRUE(files);
  const std::string path = "/assets/app-1f2e.js";
  const struct {
    std::string accept, coding, body;
  } cases[] = {
      {"gzip, deflate, br", "br", "script br"},
      {"gzip", "gzip", "script gz"},
      {"gzip;q=0.5", "gzip", "script gz"},
      {"br;q=0, gzip;q=0.0", "", "script"},
      {"identity", "", "script"},
      {"BR", "br", "script br"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.accept);
    const HttpResponse response = files->respond(get(path, c.accept));
    EXPECT_EQ(field(response, "Content-Encoding"), c.coding);
    EXPECT_EQ(field(response, "Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_EQ(body(response), c.body);
  }
  EXPECT_NE(field(files->respond(get(path, "br")), "ETag"),
            field(files->respond(get(path)), "ETag"));
}

TEST_F(StaticFilesTest, RefusesAFolderItCannotHold) {
  const auto missing = StaticFiles::load(root / "nowhere");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().find("nowhere"), std::string::npos);
  const auto large = StaticFiles::load(root / "site", 10);
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().find("more than"), std::string::npos);
}

}  // namespace
}  // namespace righttask::net
