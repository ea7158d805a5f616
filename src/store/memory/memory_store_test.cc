#include "store/memory/memory_store.h"

#include "store/testing/document_store_contract.h"

namespace righttask::store::testing {

INSTANTIATE_TEST_SUITE_P(Memory, DocumentStoreContract,
                         ::testing::Values(StoreKind{"memory", [](const StoreLimits& limits) {
                                                       return std::make_unique<MemoryStore>(limits);
                                                     }}));

}  // namespace righttask::store::testing
