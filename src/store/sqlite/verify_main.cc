// store-verify DIRECTORY
//
// Reads and checks every row of a store that no server has open, first recovering it as a server
// would. Prints its counts as JSON, the problems below as sentences; exits with 1 if there are any.

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "runtime/loop.h"
#include "store/sqlite/sqlite_store.h"

int main(int argc, char** argv) {
  using namespace righttask;
  if (argc != 2) {
    std::fputs("usage: store-verify DIRECTORY\n", stderr);
    return 2;
  }
  runtime::Loop loop;
  auto store =
      store::sqlite::SqliteStore::open({.directory = argv[1], .log = ops::open_log("error")});
  if (!store) {
    std::fprintf(stderr, "store-verify: %s\n", store.error().message.c_str());
    return 2;
  }
  std::optional<Result<store::VerifyReport, store::StoreError>> answer;
  (*store)->verify({[&loop](runtime::Task task) { loop.post_answer(std::move(task)); },
                    [&](Result<store::VerifyReport, store::StoreError> report) {
                      answer.emplace(std::move(report));
                      loop.stop();
                    }});
  loop.run();
  if (!*answer) {
    std::fprintf(stderr, "store-verify: %s\n", std::string(to_string(answer->error())).c_str());
    return 2;
  }
  const store::VerifyReport& report = **answer;
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  const std::string line =
      "{\"rooms\":" + number(report.rooms) + ",\"updates\":" + number(report.updates) +
      ",\"snapshots\":" + number(report.snapshots) + ",\"versions\":" + number(report.versions) +
      ",\"set_aside\":" + number(report.set_aside) +
      ",\"problems\":" + number(report.problem_count) + "}\n";
  std::fputs(line.c_str(), stdout);
  for (const std::string& problem : report.problems) std::fprintf(stdout, "%s\n", problem.c_str());
  return report.sound() ? 0 : 1;
}
