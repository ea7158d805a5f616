#include "app/rights_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace righttask::app {
namespace {

/// A folder of its own that goes with the test.
class RightsFileTest : public ::testing::Test {
 protected:
  RightsFileTest() {
    std::string pattern = ::testing::TempDir() + "righttask-rights-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~RightsFileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path path(std::string_view name) const { return folder_ / name; }
  static std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// Whether it was kept.
  bool keep(RightsFile& file, server::RightsLists lists) {
    std::optional<bool> kept;
    file.keep(std::move(lists), [&](bool done) { kept = done; });
    while (!kept) loop_.turn(std::chrono::seconds(10));
    return *kept;
  }

  static server::RightsLists lists(const std::string& token_id) {
    using Kind = auth::RevocationList::Entry::Kind;
    return {.restrictions = {},
            .revocations = {{Kind::token, token_id, UnixSeconds(), UnixSeconds::max()}}};
  }

  runtime::Loop loop_;
  ops::Log log_ = ops::open_log("off");

 private:
  std::filesystem::path folder_;
};

TEST_F(RightsFileTest, KeepsWhatWasHandedInLast) {  // ADM-13
  EXPECT_EQ(*RightsFile::load(path("rights")), server::RightsLists());
  RightsFile file(loop_, path("rights"), log_);
  EXPECT_TRUE(keep(file, lists("one")));
  EXPECT_EQ(*RightsFile::load(path("rights")), lists("one"));
  EXPECT_TRUE(keep(file, lists("two")));
  EXPECT_EQ(*RightsFile::load(path("rights")), lists("two"));
  EXPECT_FALSE(std::filesystem::exists(path("rights.new")));
  struct stat status;
  ASSERT_EQ(::stat(path("rights").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(RightsFileTest, SaysWhenItCannotKeepThem) {  // ADM-13
  RightsFile file(loop_, path("nowhere") / "rights", log_);
  EXPECT_FALSE(keep(file, lists("one")));
}

TEST_F(RightsFileTest, LeavesTheOldFileWhenTheNewOneCannotBeWritten) {  // ADM-13
  ASSERT_TRUE(replace_file(path("rights"), "old"));
  std::filesystem::create_directory(path("rights.new"));
  const auto replaced = replace_file(path("rights"), "new");
  ASSERT_FALSE(replaced);
  EXPECT_NE(replaced.error().find("rights.new: "), std::string::npos);
  EXPECT_EQ(text_of(path("rights")), "old");
}

TEST_F(RightsFileTest, WritesThroughNoLink) {  // ADM-13
  std::ofstream(path("other")) << "theirs";
  std::filesystem::create_symlink(path("other"), path("rights.new"));
  ASSERT_TRUE(replace_file(path("rights"), "ours"));
  EXPECT_EQ(text_of(path("other")), "theirs");
  EXPECT_EQ(text_of(path("rights")), "ours");
}

TEST_F(RightsFileTest, RefusesAFileThatItCannotRead) {  // ADM-13
  std::filesystem::create_directory(path("folder"));
  std::ofstream(path("broken")) << R"({"version":1)";
  for (const char* name : {"folder", "broken"}) {
    const auto loaded = RightsFile::load(path(name));
    ASSERT_FALSE(loaded) << name;
    EXPECT_TRUE(loaded.error().starts_with(path(name).string() + ": ")) << loaded.error();
  }
}

}  // namespace
}  // namespace righttask::app
