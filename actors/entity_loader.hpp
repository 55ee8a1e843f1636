#pragma once

#include "actors/aggregate.hpp"
#include "common/observation/log.hpp"
#include "persistence/load/load_company_directory.hpp"
#include "persistence/sql/read_pool.hpp"
#include "persistence/sql/record_version.hpp"

#include <functional>

namespace musterd {

/// A record as committed, and its overall versions (`record_version`).
template <aggregate A>
struct committed_record {
  typename A::state state;
  committed_versions versions = {};
};

/// Reads an entity's committed record and passes it on, once, on any thread.
template <aggregate A>
using entity_loader =
    std::function<void(const entity_key&, std::function<void(outcome<committed_record<A>>)>)>;

/// Loads by the aggregate's own `load(tx, tenant, id)`, on the read pool, after its company: awake entities
/// rely on that.
template <aggregate A>
entity_loader<A> database_loader(read_pool& reads, company_directories& companies) {
  using result = outcome<committed_record<A>>;
  return [&reads, &companies](const entity_key& key, std::function<void(result)> done) {
    auto refuse = [done](fault f) { done(result{boost::system::in_place_error, std::move(f)}); };
    auto accepted =
        reads.submit({[key, done, &companies](pqxx::transaction_base& tx) {
                        show_company(tx, companies, key.tenant);
                        // The version first: a state newer than it is refused at the next commit; an older
                        // one would not be.
                        auto versions = find_record_version(tx, key.tenant, A::name, key.id);
                        done(result{boost::system::in_place_value,
                                    committed_record<A>{A::load(tx, key.tenant, key.id), versions}});
                      },
                      [key, refuse](const std::exception& e) {
                        log::warn({A::name, "wake_failed"}, "{}: {}", to_string(key.id), e.what());
                        refuse(unavailable("The record could not be read; nothing was changed."));
                      }});
    if (!accepted)
      refuse(busy("Too many records are being woken at once."));
  };
}

}  // namespace musterd
