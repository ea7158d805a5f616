#include "runtime/directory_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

namespace righttask::runtime {
namespace {

using ::testing::HasSubstr;

class DirectoryLockTest : public ::testing::Test {
 protected:
  DirectoryLockTest() {
    std::string name = (std::filesystem::temp_directory_path() / "righttask-lock-XXXXXX").string();
    parent_ = ::mkdtemp(name.data());
  }
  ~DirectoryLockTest() override { std::filesystem::remove_all(parent_); }

  std::string parent_;
};

TEST_F(DirectoryLockTest, MakesTheDirectoryForTheOwnerAlone) {
  const std::string directory = parent_ + "/data";
  ASSERT_TRUE(DirectoryLock::take(directory));
  const auto mode = std::filesystem::status(directory).permissions();
  EXPECT_EQ(mode & std::filesystem::perms::all, std::filesystem::perms::owner_all);
}

TEST_F(DirectoryLockTest, RefusesASecondHolderAndNamesTheFirst) {
  const auto first = DirectoryLock::take(parent_);
  ASSERT_TRUE(first);
  const auto second = DirectoryLock::take(parent_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("in use by process " + std::to_string(::getpid())));
}

TEST_F(DirectoryLockTest, AProcessThatWasKilledHoldsNothing) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = DirectoryLock::take(parent_);
    [[maybe_unused]] const auto written = ::write(ready[1], lock ? "y" : "n", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto held = DirectoryLock::take(parent_);
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error(), HasSubstr("process " + std::to_string(child)));

  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_TRUE(DirectoryLock::take(parent_));
}

TEST_F(DirectoryLockTest, SaysWhyThereIsNoDirectory) {
  const auto lock = DirectoryLock::take(parent_ + "/missing/data");
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error(), HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace righttask::runtime
