#include "server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace righttask::server {
namespace {

using testing::HasSubstr;
using testing::Not;

/// From name to type ("counter"), and to the labels' name ("" for none).
struct Described {
  std::string type, label;
  bool operator==(const Described&) const = default;
};
using Table = std::map<std::string, Described>;

void PrintTo(const Described& described, std::ostream* out) {
  *out << described.type << " by '" << described.label << "'";
}

/// The rows `| name | type | label | …` of the page's tables, names in backquotes.
Table documented() {
  std::ifstream page(RIGHTTASK_FIXTURES "/../../docs/spec/metrics.md");
  Table table;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream cells(line);
    std::string bar, name, type, label;
    cells >> bar >> name >> bar >> type >> bar >> label;
    const auto bare = [](const std::string& code) { return code.substr(1, code.size() - 2); };
    table[bare(name)] = {type, label.starts_with('`') ? bare(label) : ""};
  }
  return table;
}

Table exposed(const std::string& text) {
  std::istringstream lines(text);
  Table table;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, kind, name, type;
    if (line.starts_with("# TYPE ")) {
      words >> hash >> kind >> name >> type;
      table[name] = {type, ""};
    } else if (const auto brace = line.find('{'); !line.starts_with('#') && brace != line.npos) {
      const std::string labelled = line.substr(0, brace);
      const std::string label = line.substr(brace + 1, line.find('=') - brace - 1);
      if (label != "le") table[labelled].label = label;
    }
  }
  return table;
}

class MetricsTest : public testing::Test {
 protected:
  std::string text() const {
    return metrics_text({.version = "1.2.3",
                         .process = process,
                         .net = net,
                         .shard = shard,
                         .host = host,
                         .rooms = 7,
                         .store = store});
  }

  ops::ProcessStats process;
  net::ServerProbe net;
  ShardProbe shard;
  RoomHostProbe host;
  std::optional<store::StoreProbe> store = store::StoreProbe{};
};

TEST_F(MetricsTest, AreThoseOfTheDocument) {  // MET-3
  EXPECT_EQ(exposed(text()), documented());
}

TEST_F(MetricsTest, OfAStoreAreThereWhenThereIsOne) {
  store->state = StorageState::full;
  store->queue_bytes = 4096;
  store->commit_time = std::chrono::milliseconds(2500);
  EXPECT_THAT(text(), HasSubstr("righttask_store_state{state=\"full\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("righttask_store_state{state=\"ok\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("righttask_store_queue_bytes 4096\n"));
  EXPECT_THAT(text(), HasSubstr("righttask_store_commit_seconds_total 2.5\n"));
  store.reset();
  EXPECT_THAT(text(), Not(HasSubstr("righttask_store_")));
}

TEST_F(MetricsTest, TellWhatWasCounted) {
  host.members = 3;
  host.acknowledgements.observe(std::chrono::milliseconds(3));
  shard.count(ConnectRefusal::origin);
  shard.refusals.count("read_only");
  net.refused_address_total = 9;
  const std::string page = text();
  EXPECT_THAT(page, HasSubstr("righttask_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("righttask_rooms 7\n"));
  EXPECT_THAT(page, HasSubstr("righttask_members 3\n"));
  EXPECT_THAT(page, HasSubstr("righttask_acknowledgement_seconds_bucket{le=\"0.005\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("righttask_connects_refused_total{reason=\"origin\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("righttask_connects_refused_total{reason=\"address_full\"} 9\n"));
  EXPECT_THAT(page, HasSubstr("righttask_refusals_total{reason=\"read_only\"} 1\n"));
}

}  // namespace
}  // namespace righttask::server
