/* explain-judge.c - What becomes of a packet, step by step.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It takes decide's place, but claims nothing and grants nothing.  Only the
 * running posternd knows whether a request was claimed already, the horizon,
 * and whether its person has changed since: we ask it.  */

#include "explain.h"

#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../config/command.h"
#include "../../common/base/console-json.h"
#include "../../common/base/encode.h"
#include "../../common/wire/request.h"
#include "../ipc/packets.h"
#include "../decide/policy.h"

#define PATIENCE_MS 30000       /* For the next packet.  */

struct judge
{
  const struct explain_how *how;
  json_t *row;                  /* With --json: of this packet.  */
  bool away;                    /* This packet is not for this host.  */
  bool done;
  bool passed;
  uint64_t opinion_id;          /* Of the packet that gpg has judged.  */
  struct packet_rechecked opinion;
};

/* The checks before decide, in the order of their stages.  */
#define N_STEPS REFUSAL_AT_PARSE

static const char *const step_name[N_STEPS] =
  { "link, IP, UDP", "address", "size", "copy", "seal", "queue", "framing",
    "unwrap", "framing inside", "signature" };


static void
print_step (struct judge *judge, const char *name, const char *result)
{
  if (judge->how->json)
    json_array_append_new (json_object_get (judge->row, "steps"),
                           json_pack ("{ss ss}", "step", name,
                                      "result", result));
  else
    printf ("  %-16s %s\n", name, result);
}


/* A file with only a datagram does not say where that came from; the feeder
   writes 0.0.0.0 for that.  */
static bool
is_address_known (const struct net_addr *addr)
{
  static const unsigned char zero[sizeof addr->bytes];

  return memcmp (addr->bytes, zero, sizeof zero) != 0;
}


static void
print_head (const struct message *msg, const struct packet_origin *origin)
{
  char src[NETSPEC_ADDRSTRLEN], when[32];
  time_t seen = (time_t)(origin->seen / 1000000);
  struct tm tm;

  printf ("packet %" PRIu64, msg->id);
  if (origin->size)
    printf (", %u bytes", origin->size);
  if (is_address_known (&origin->src))
    printf (", from %s port %u",
            netspec_addr_print (&origin->src, src), origin->sport);
  if (seen && localtime_r (&seen, &tm)
      && strftime (when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm))
    printf (", at %s", when);
  puts (":");
}


static void
begin_packet (struct judge *judge, const struct message *msg,
              const struct packet_origin *origin)
{
  char src[NETSPEC_ADDRSTRLEN];

  if (!judge->how->json)
    {
      print_head (msg, origin);
      return;
    }
  judge->row = json_pack ("{sI si so}", "packet", (json_int_t)msg->id,
                          "size", (int)origin->size, "steps", json_array ());
  if (is_address_known (&origin->src))
    {
      json_object_set_new (judge->row, "source", json_string
                           (netspec_addr_print (&origin->src, src)));
      json_object_set_new (judge->row, "sport",
                           json_integer (origin->sport));
    }
  if (origin->seen)
    json_object_set_new (judge->row, "time", json_integer
                         ((json_int_t)(origin->seen / 1000000)));
}


static void
end_packet (struct judge *judge, bool passes)
{
  passes = passes && !judge->away;
  judge->passed |= passes;
  if (!judge->how->json)
    return;
  json_object_set_new (judge->row, "passes", json_boolean (passes));
  json_dumpf (judge->row, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar ('\n');
  json_decref (judge->row);
  judge->row = NULL;
}


/* The door through which it came, which is known once the seal is open.  */
static void
print_door (struct judge *judge, const struct packet_origin *origin)
{
  char line[NETSPEC_NAMELEN + 40];

  snprintf (line, sizeof line, "ok, door %s%s", origin->door,
            origin->previous ? " (its previous key)" : "");
  print_step (judge, step_name[REFUSAL_AT_SEAL], *origin->door ? line
              : "none: through the open door");
}


/* capture ignores packets to other hosts, which an interface may see on their
   way.  */
static void
judge_address (struct judge *judge, const struct packet_origin *origin)
{
  local_t local = judge->how->local;
  char dst[NETSPEC_ADDRSTRLEN], line[NETSPEC_ADDRSTRLEN + 64];

  netspec_addr_print (&origin->dst, dst);
  if (!is_address_known (&origin->dst))
    snprintf (line, sizeof line, "unknown: the file does not say");
  else if (!local)
    snprintf (line, sizeof line, "unknown: whether %s belongs to this host",
              dst);
  else if (local_is_for_us (local, local_loopback (local), &origin->src,
                            &origin->dst))
    snprintf (line, sizeof line, "ok, %s", dst);
  else
    {
      judge->away = true;
      snprintf (line, sizeof line, "ignored: %s does not belong to this host"
                " now", dst);
    }
  print_step (judge, step_name[REFUSAL_AT_ADDRESS], line);
}


static const char *
step_result (struct judge *judge, enum refusal_stage step,
             unsigned int refusal)
{
  return step == REFUSAL_AT_UNWRAP && judge->how->no_key ? judge->how->no_key
    : refusal_text (refusal);
}


/* The steps up to the one where REFUSAL arose; 0: all of them.  */
static void
print_steps (struct judge *judge, const struct packet_origin *origin,
             unsigned int refusal)
{
  enum refusal_stage last = refusal ? refusal_stage (refusal) : N_STEPS, i;

  judge->away = false;
  for (i = 0; i < last; i++)
    if (i == REFUSAL_AT_ADDRESS)
      judge_address (judge, origin);
    else if (i == REFUSAL_AT_SEAL)
      print_door (judge, origin);
    else
      print_step (judge, step_name[i], "ok");
  if (refusal)
    print_step (judge, last < N_STEPS ? step_name[last] : "grammar",
                step_result (judge, last, refusal));
}


static gpg_error_t
take_opinion (void *hook, const struct message *msg)
{
  struct judge *judge = hook;

  judge->opinion_id = msg->id;
  return packet_read_rechecked (msg, &judge->opinion);
}


/* Wait for gpg's opinion on the packet ID.  */
static gpg_error_t
wait_for_opinion (struct judge *judge, uint64_t id)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (RECHECKED, FROM_VERIFY, take_opinion) };
  struct pollfd fd = { judge->how->gpg, POLLIN, 0 };
  gpg_error_t err = 0;

  judge->opinion_id = 0;
  while (!err && judge->opinion_id != id)
    {
      if (poll (&fd, 1, PATIENCE_MS) <= 0)
        return gpg_error (GPG_ERR_TIMEOUT);
      err = packet_dispatch (judge->how->gpg, FROM_VERIFY, table, 1, judge);
      if (gpg_err_code (err) == GPG_ERR_EAGAIN)
        err = 0;
    }
  return err;
}


/* What gpg says of the packet ID, which Postern itself has judged to be
   REFUSAL.  It was asked about what passed the door only.  */
static void
compare_with_gpg (struct judge *judge, uint64_t id, unsigned int refusal)
{
  unsigned int other;
  char line[256];

  if (judge->how->gpg < 0
      || (refusal && refusal_stage (refusal) < REFUSAL_AT_FRAMING))
    return;
  if (wait_for_opinion (judge, id))
    {
      print_step (judge, "gpg", "unknown: it did not answer");
      return;
    }
  other = judge->opinion.refusal;
  if (refusal == other)
    snprintf (line, sizeof line, "agrees");
  else if (!other)
    snprintf (line, sizeof line, "differs: it would take this packet");
  else
    snprintf (line, sizeof line, "%s: %s", refusal ? "refuses it too"
              : "differs", refusal_text (other));
  print_step (judge, "gpg", line);
}


static gpg_error_t
explain_refused (void *hook, const struct message *msg)
{
  struct judge *judge = hook;
  struct packet_refused refused;
  gpg_error_t err = packet_read_refused (msg, &refused);

  if (err)
    return err;
  begin_packet (judge, msg, &refused.origin);
  print_steps (judge, &refused.origin, refused.refusal);
  compare_with_gpg (judge, msg->id, refused.refusal);
  end_packet (judge, false);
  return 0;
}


/* Let the running posternd judge STEP: it passes (GOOD) if MEMBER of the answer
   to COMMAND is false, else it fails for the reason BAD.  Without a posternd it
   is unknown, and passes.  */
static bool
ask_posternd (struct judge *judge, const char *step, const char *command,
              const char *member, const char *good, const char *bad)
{
  json_t *answer = NULL;
  bool passes;

  if (!judge->how->console
      || console_ask_json (judge->how->console, command, &answer) || !answer)
    {
      print_step (judge, step, "unknown: no posternd runs");
      return true;
    }
  passes = json_is_false (json_object_get (answer, member));
  print_step (judge, step, passes ? good : bad);
  json_decref (answer);
  return passes;
}


/* NOW is the time at which it was CAPTURED, if that is known.  */
static bool
judge_age (struct judge *judge, request_t req, uint64_t now, bool captured)
{
  config_t config = judge->how->config;
  const char *text = "ok";
  char line[128], ago[32];
  bool good = false;

  if (req->time > now + config->max_ahead)
    text = "signed in the future";
  else if (config->max_age && req->time + config->max_age < now)
    text = "too old";
  else
    good = true;
  snprintf (line, sizeof line, "%s (signed %s %s%s)", text,
            netspec_duration_print (now > req->time ? now - req->time
                                    : req->time - now, ago),
            captured ? now >= req->time ? "before" : "after"
            : now >= req->time ? "ago" : "ahead",
            captured ? " it was captured" : "");
  print_step (judge, "age", line);
  return good;
}


static bool
judge_signed_at (struct judge *judge, request_t req, uint64_t signed_at)
{
  if (policy_signed_then (judge->how->config, req->time, signed_at))
    return true;
  print_step (judge, "signed at", refusal_text (REFUSAL_SIGNED_WHEN));
  return false;
}


static bool
judge_horizon (struct judge *judge, request_t req)
{
  char command[32];

  snprintf (command, sizeof command, "HORIZON %" PRIu64, req->time);
  return ask_posternd (judge, "horizon", command, "refused", "ok",
                       refusal_text (REFUSAL_HORIZON));
}


/* Judge as posternd would with the key as verify found it now, which posternd
   may not have seen yet.  */
static bool
judge_since (struct judge *judge, request_t req,
             const struct packet_verified *verified)
{
  char command[128];

  snprintf (command, sizeof command, "SINCE %s %" PRIu64 " %" PRIu64 " %"
            PRIu64, verified->primary, req->time, verified->key_state,
            verified->keys_changed);
  return ask_posternd (judge, "person", command, "refused", "ok",
                       refusal_text (REFUSAL_CHANGED));
}


static bool
judge_claim (struct judge *judge, const char *hash)
{
  char command[16 + 2 * REQUEST_HASHLEN];

  snprintf (command, sizeof command, "CLAIM %s", hash);
  return ask_posternd (judge, "claim", command, "claimed", "ok, unused",
                       "claimed already: a replay");
}


/* Only the check itself could say whether it is right.  */
static void
show_credential (struct judge *judge, request_t req,
                 const struct policy_verdict *verdict)
{
  const struct config_require *require = &verdict->rule->require;
  char line[256], name[CONFIG_REQUIRESTRLEN];

  snprintf (line, sizeof line, "carried; not looked into: the rule asks for"
            " the password of %s, account %s",
            config_require_print (require, name),
            req->user ? req->user : verdict->user->name);
  print_step (judge, "credential", line);
}


/* Show the command line that would run.  */
static bool
judge_command (struct judge *judge, request_t req,
               const struct config_command *command)
{
  struct strlist argv = { 0, NULL };
  char *why = NULL, *text = NULL;
  bool good = !command_resolve (command, req->arg, req->n_args, &argv, &why);

  if (good)
    text = command_print (&argv);
  print_step (judge, "arguments", good ? (text ? text : "ok")
              : why ? why : refusal_text (REFUSAL_ARGUMENT));
  strlist_release (&argv);
  free (text);
  free (why);
  return good;
}


static bool
judge_policy (struct judge *judge, request_t req,
              const struct packet_verified *verified, uint64_t now)
{
  struct packet_origin origin = verified->origin;
  struct policy_case pcase = { req, &origin, verified->primary,
                               verified->attachment_len > 0, (time_t)now };
  struct policy_verdict verdict;
  char line[256], addr[NETSPEC_ADDRSTRLEN], left[32];

  /* Without a source, assume the one that was signed.  */
  if (!is_address_known (&origin.src) && req->source.family != AF_UNSPEC)
    origin.src = req->source;
  if (!is_address_known (&origin.src) && req->action == REQUEST_OPEN)
    {
      print_step (judge, "policy", "unknown: the file does not say from which"
                  " address it came");
      return true;
    }
  policy_judge (judge->how->config, &pcase, &verdict);
  if (verdict.refusal)
    snprintf (line, sizeof line, "%s%s%s", refusal_text (verdict.refusal),
              *verdict.detail ? "; " : "", verdict.detail);
  else if (verdict.command)
    snprintf (line, sizeof line, "ok, command %s as %s",
              verdict.command->terms.name, verdict.command->program.run_as);
  else if (verdict.rule)
    snprintf (line, sizeof line, "ok, by rule %s: for %s, %s%s",
              verdict.rule->name, netspec_addr_print (&verdict.addr, addr),
              netspec_duration_print (verdict.seconds, left),
              verdict.cut ? " (cut)" : "");
  else
    snprintf (line, sizeof line, "ok");
  print_step (judge, "policy", line);
  if (!verdict.refusal && verdict.rule && verdict.rule->require.kind)
    show_credential (judge, req, &verdict);
  return !verdict.refusal
         && (!verdict.command || judge_command (judge, req, verdict.command));
}


static void
print_request (struct judge *judge, request_t req, const char *primary,
               const char *hash)
{
  const struct config_user *user = config_user_by_fpr (judge->how->config,
                                                       primary);
  char line[NETSPEC_PORTSTRLEN + 128], ports[NETSPEC_PORTSTRLEN] = "";

  if (req->ports.n)
    netspec_ports_print (&req->ports, ports);
  snprintf (line, sizeof line, "ok: %s asks for %s%s%s, id %.8s",
            user ? user->name : primary, request_action_name (req->action),
            *ports ? " " : "", ports, hash);
  print_step (judge, "grammar", line);
}


/* The steps of decide.  All are shown, since more than one may fail.  */
static bool
judge_request (struct judge *judge, request_t req,
               const struct packet_verified *verified)
{
  unsigned char hash[REQUEST_HASHLEN];
  char hex[2 * REQUEST_HASHLEN + 1];
  bool captured = verified->origin.seen != 0;
  uint64_t now = captured ? verified->origin.seen / 1000000
    : (uint64_t)time (NULL);
  bool good;

  request_hash (verified->text, verified->text_len, hash);
  encode_hex (hash, sizeof hash, hex);
  print_request (judge, req, verified->primary, hex);
  good = request_is_for (req, judge->how->config->host,
                         judge->how->config->server_fpr);
  print_step (judge, "to", good ? "ok" : refusal_text (REFUSAL_NOT_ADDRESSED));
  good &= judge_signed_at (judge, req, verified->signed_at);
  good &= judge_age (judge, req, now, captured);
  good &= judge_horizon (judge, req);
  good &= judge_since (judge, req, verified);
  good &= judge_claim (judge, hex);
  good &= judge_policy (judge, req, verified, now);
  return good;
}


static gpg_error_t
explain_verified (void *hook, const struct message *msg)
{
  struct judge *judge = hook;
  struct packet_verified verified;
  request_t req;
  const char *why;
  gpg_error_t err = packet_read_verified (msg, &verified);

  if (err)
    return err;
  begin_packet (judge, msg, &verified.origin);
  print_steps (judge, &verified.origin, 0);
  compare_with_gpg (judge, msg->id, 0);
  if (request_parse (verified.text, verified.text_len, &req, &why))
    {
      print_step (judge, "grammar", why);
      end_packet (judge, false);
      return 0;
    }
  end_packet (judge, judge_request (judge, req, &verified));
  request_release (req);
  return 0;
}


static gpg_error_t
explain_counts (void *hook, const struct message *msg)
{
  struct judge *judge = hook;
  struct packet_counts counts;
  gpg_error_t err = packet_read_counts (msg, &counts);

  if (!err && !counts.passed && !judge->how->json)
    puts ("No packet for posternd's port is in this file.");
  judge->done = true;
  return err;
}


gpg_error_t
explain_judge (const struct explain_how *how, int in, bool *r_passed)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (VERIFIED, FROM_VERIFY, explain_verified),
      PACKET_RULE (REFUSED, FROM_VERIFY, explain_refused),
      PACKET_RULE (COUNTS, FROM_VERIFY, explain_counts),
    };
  gpg_error_t err = 0;
  struct judge judge = { .how = how };
  struct pollfd fd = { in, POLLIN, 0 };

  while (!err && !judge.done)
    {
      if (poll (&fd, 1, PATIENCE_MS) <= 0)
        return gpg_error (GPG_ERR_TIMEOUT);
      err = packet_dispatch (in, FROM_VERIFY, table,
                             sizeof table / sizeof *table, &judge);
      if (gpg_err_code (err) == GPG_ERR_EAGAIN)
        err = 0;
    }
  fflush (stdout);
  *r_passed = judge.passed;
  return err;
}
