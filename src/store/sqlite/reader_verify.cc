#include <utility>

#include "ops/log.h"
#include "store/sqlite/reader.h"

namespace righttask::store::sqlite {
namespace {

constexpr std::size_t kProblemsMax = 100;

void report_problem(VerifyReport& report, std::string sentence) {
  ++report.problem_count;
  if (report.problems.size() < kProblemsMax) report.problems.push_back(std::move(sentence));
}

}  // namespace

Result<std::optional<RowId>, StoreError> Reader::verify_room(RowId after, VerifyReport& report) {
  RowId id = 0;
  std::string text;
  {
    const Rows rows(room_after_);
    const int code = room_after_.start(after);
    if (code == SQLITE_DONE) return std::nullopt;
    if (code != SQLITE_ROW) return fail(note_failure(code));
    id = room_after_.integer(0);
    text = room_after_.text(1);
    report.rooms += room_after_.integer(2) != 0;
  }
  // Only what a retry would bring is an error here; damage is what we came to count.
  const auto done = verify_rows(id, text, report);
  if (!done && done.error() != StoreError::corrupt) return fail(done.error());
  return id;
}

Result<void, StoreError> Reader::verify_rows(RowId id, const std::string& text,
                                             VerifyReport& report) {
  const std::string room = "room " + ops::printable(text);
  const auto name = RoomName::parse(text);
  if (!name) {
    report_problem(report, room + ": the name is damaged");
    return {};
  }
  const auto found = find(*name);
  if (found && !*found) {  // the index of names is damaged: it would load as if it were new
    report_problem(report, room + ": is not found by its name");
    return {};
  }
  const auto loaded = load(*name);
  if (!loaded) {
    if (loaded.error() == StoreError::corrupt) {
      report_problem(report, room + ": its row, its snapshot or a page is damaged");
    }
    return fail(loaded.error());
  }
  report.updates += loaded->room.updates.size();
  report.snapshots += loaded->room.snapshot.has_value();
  for (const Sequence sequence : loaded->damaged) {
    report_problem(report, room + ": update " + std::to_string(sequence.value()) + " is damaged");
  }
  std::uint64_t aside = 0;
  std::uint64_t of_the_log = 0;
  {
    const Rows rows(aside_count_);
    if (const int code = aside_count_.start(id); code != SQLITE_ROW) {
      return fail(note_failure(code));
    }
    aside = aside_count_.count(0);
    of_the_log = aside_count_.count(2);
  }
  report.set_aside += aside;
  if (loaded->room.set_aside.size() > of_the_log + loaded->damaged.size()) {
    report_problem(report, room + ": updates are missing");
  }

  std::vector<VersionId> versions;
  {
    const Rows rows(version_ids_);
    int code = version_ids_.start(id);
    for (; code == SQLITE_ROW; code = version_ids_.step()) {
      versions.push_back(VersionId{version_ids_.count(0)});
    }
    if (code != SQLITE_DONE) return fail(note_failure(code));
  }
  for (const VersionId version : versions) {
    const auto got = get_version(*name, version);
    if (got) {
      ++report.versions;
    } else if (got.error() == StoreError::corrupt) {
      report_problem(report, room + ": version " + std::to_string(version.value()) + " is damaged");
    } else if (got.error() != StoreError::not_found) {  // deleted meanwhile
      return fail(got.error());
    }
  }
  return {};
}

Result<void, StoreError> Reader::verify_structure(VerifyReport& report) {
  // Damage may end either question early, and is then itself what was to be found.
  const auto end = [&](int code) -> Result<void, StoreError> {
    if (code == SQLITE_DONE) return {};
    const StoreError error = note_failure(code);
    if (error != StoreError::corrupt) return fail(error);
    report_problem(report, last_error_);
    return {};
  };
  {
    const Rows rows(strays_);
    int code = strays_.start();
    for (; code == SQLITE_ROW; code = strays_.step()) {
      if (strays_.integer(1) == 0) continue;
      report_problem(report, std::to_string(strays_.integer(1)) + " rows of " + strays_.text(0) +
                                 " belong to no room");
    }
    if (const auto ended = end(code); !ended) return ended;
  }
  const Rows rows(quick_check_);
  int code = quick_check_.start();
  for (; code == SQLITE_ROW; code = quick_check_.step()) {
    const std::string line = quick_check_.text(0);
    if (line != "ok") report_problem(report, line);
  }
  return end(code);
}

}  // namespace righttask::store::sqlite
