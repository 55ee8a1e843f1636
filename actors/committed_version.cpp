#include "actors/committed_version.hpp"

#include "common/observation/log.hpp"
#include "persistence/sql/record_version.hpp"

namespace musterd {

version_reader version_reader_of(read_pool& reads) {
  return [&reads](std::string_view aggregate, const entity_key& key, const version_callback& done) {
    auto accepted = reads.submit(
        {[=](pqxx::transaction_base& tx) { done(find_record_version(tx, key.tenant, aggregate, key.id)); },
         [=](const std::exception& e) {
           log::warn({aggregate, "version_unread"}, "{}: {}", to_string(key.id), e.what());
           done(unavailable("The record could not be compared with what is committed; nothing was changed."));
         }});
    if (!accepted)
      done(busy("Too many records are being read at once."));
  };
}

}  // namespace musterd
