#pragma once

#include "actors/aggregate.hpp"
#include "common/log.hpp"
#include "persistence/read_pool.hpp"

#include <functional>

namespace musterd {

/// Reads the committed state of an entity and passes it on, once, on any thread.
template <aggregate A>
using entity_loader = std::function<void(const entity_key&, std::function<void(outcome<typename A::state>)>)>;

/// Loads by the aggregate's own `load(tx, tenant, id)`, on the read pool.
template <aggregate A>
entity_loader<A> database_loader(read_pool& reads) {
  using result = outcome<typename A::state>;
  return [&reads](const entity_key& key, std::function<void(result)> done) {
    auto refuse = [done](fault f) { done(result{boost::system::in_place_error, std::move(f)}); };
    auto accepted =
        reads.submit({[key, done](pqxx::transaction_base& tx) {
                        done(result{boost::system::in_place_value, A::load(tx, key.tenant, key.id)});
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
