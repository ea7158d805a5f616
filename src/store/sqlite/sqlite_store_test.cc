#include "store/sqlite/sqlite_store.h"

#include "store/testing/document_store_contract.h"
#include "store/testing/temporary_directory.h"

namespace righttask::store::testing {
namespace {

std::unique_ptr<DocumentStore> make(const StoreLimits& limits) {
  // Directories of the contract's stores live as long as the program: a store is only a pointer.
  static std::vector<std::unique_ptr<TemporaryDirectory>> directories;
  directories.push_back(std::make_unique<TemporaryDirectory>());
  auto store = sqlite::SqliteStore::open(
      {.directory = directories.back()->path(), .limits = limits, .log = ops::open_log("off")});
  EXPECT_TRUE(store) << store.error().message;
  return std::move(*store);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, DocumentStoreContract,
                         ::testing::Values(StoreKind{"sqlite", make}));

}  // namespace righttask::store::testing
