/* decide-kit.h - decide with its channels in the test's hands.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program.  decide is the real one, with its
 * store in the configuration's folder (config-dir.h); the test is all that
 * it talks to, and turns its loop:
 *
 *   setup_kit, teardown_kit   A configuration with the door "main", decide on
 *                             a new store, and REQ, a request to open tcp/22.
 *   put, accepted             Other files of the configuration; then
 *   start_decide              begin again, on the same store.
 *   pass                      Both clocks go on by some seconds; nothing else
 *                             moves them.  MOMENT can be set by hand.
 *   turn                      One turn of decide.  Nothing happens without.
 *
 * verify:    next_request makes the next REQ, which a test may change;
 *            send_request hands it to decide as signed by a fingerprint,
 *            send_text does that with any text; recheck answers what decide
 *            asks verify again (LAPSED_FPR: whose signature is refused).
 * act:       asked takes the next message of decide's to act, and returns its
 *            type (0: none); the message is in ASKED_GRANT, ASKED_CLOSE and so
 *            on, its id in ASKED_ID.  grant_it answers a GRANT.  Any other
 *            answer goes to ACT_FD by packet_send_*, then comes a turn.
 * vouch, posternd: VOUCH_FD and PARENT_FD, likewise.
 * a person:  receive is the next reply, or NULL; it is opened with the key of
 *            REQ, so it must come before next_request.
 * the audit: last_row is the newest row as JSON, last_row_with that with a
 *            result; claims is how many the store has.
 *
 * The module answer is here in small.  wait-kit.h and control-kit.h stand on
 * this one, for approvals and for the control socket.  */

#ifndef POSTERN_TEST_DECIDE_KIT_H
#define POSTERN_TEST_DECIDE_KIT_H

#include <poll.h>
#include <sys/socket.h>
#include "../../../common/wire/reply.h"
#include "../../../common/base/secret.h"
#include "../../../server/decide/decide-parts.h"
#include "../config/config-dir.h"

#define KIT_SIZE 1000           /* Of a request's datagram.  */

static struct decide decide;
static struct clock_reading moment;
static struct clock_source source;
static int verify_fd, act_fd, parent_fd, vouch_fd; /* Our ends.  */
static int theirs[4];
static int person_fd;
static unsigned int n_marks;     /* On their way to it.  */
static struct packet_origin origin;
static request_t req;           /* The next request; changed by tests.  */
static unsigned int n_made;

/* What act was asked last.  */
static uint16_t asked_type;
static uint64_t asked_id;
static struct packet_grant asked_grant;
static struct packet_close asked_close;
static struct packet_list asked_list;
static struct packet_run asked_run;
static struct packet_hook asked_hook;


static void
read_moment (void *hook, struct clock_reading *r_reading)
{
  (void)hook;
  *r_reading = moment;
}

static void
pass (int64_t seconds)
{
  moment.wall += seconds * CLOCK_SECOND;
  moment.boot += seconds * CLOCK_SECOND;
}

static struct net_addr
address (const char *text)
{
  struct net_addr addr;

  ck_assert_uint_eq (netspec_addr_parse (text, &addr), 0);
  return addr;
}

/* A socket on loopback and its port.  */
static int
open_person (uint16_t *r_port)
{
  struct sockaddr_storage sa;
  struct net_addr addr = address ("127.0.0.1");
  socklen_t len = netspec_addr_to_sockaddr (&addr, 0, 0, &sa);
  int fd = socket (AF_INET, SOCK_DGRAM, 0);

  ck_assert_int_eq (bind (fd, (struct sockaddr *)&sa, len), 0);
  len = sizeof sa;
  ck_assert_int_eq (getsockname (fd, (struct sockaddr *)&sa, &len), 0);
  ck_assert_uint_eq (netspec_addr_from_sockaddr ((struct sockaddr *)&sa,
                                                 &addr, r_port), 0);
  return fd;
}

static void
make_pair (int *ours, int *other)
{
  int sv[2];

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
                                sv), 0);
  *ours = sv[0];
  *other = sv[1];
}

/* The module answer in small, for who has not the right to its sockets; its
   own test is t-answer.  */
struct answer_s
{
  struct answer_state state;
};
static struct answer_s kit_answer;

gpg_error_t
answer_send (answer_t answer, const struct packet_origin *to,
             const unsigned char key[REQUEST_KEYLEN], reply_t reply)
{
  unsigned char dgram[REPLY_MAXLEN];
  struct sockaddr_storage sa;
  socklen_t salen;
  size_t len;

  ck_assert_ptr_eq (answer, &kit_answer);
  ck_assert_uint_eq (reply_seal (reply, key, to->size, dgram, &len), 0);
  salen = netspec_addr_to_sockaddr (&to->src, to->sport, 0, &sa);
  ck_assert_int_eq (sendto (person_fd, dgram, len, 0,
                            (struct sockaddr *)&sa, salen), (ssize_t)len);
  answer->state.sent++;
  return 0;
}

void
answer_get_state (answer_t answer, struct answer_state *r_state)
{
  *r_state = answer->state;
}

/* (Again) on the same store.  */
static void
start_decide (void)
{
  struct decide_places places = { config_dir, config_dir, theirs[0],
                                  theirs[1], theirs[2], theirs[3],
                                  &kit_answer, NULL };

  ck_assert_uint_eq (decide_open (&decide, config, &source, &places), 0);
}

static void
next_request (enum request_action action)
{
  request_release (req);
  ck_assert_uint_eq (request_new (&req), 0);
  n_made++;
  memcpy (req->key, &n_made, sizeof n_made);
  req->time = clock_seconds (&moment);
  req->n_targets = 1;
  snprintf (req->target[0].host, sizeof req->target[0].host, "web1");
  snprintf (req->target[0].fpr, sizeof req->target[0].fpr, "%s", FPR_SERVER);
  req->action = action;
  if (action != REQUEST_OPEN)
    return;
  req->source = address ("203.0.113.7");
  ck_assert_uint_eq (netspec_ports_parse ("tcp/22", &req->ports), 0);
}

static void
turn (void)
{
  int wait;

  ck_assert_uint_eq (decide_turn (&decide, false, &wait), 0);
}

static void
setup_kit (void)
{
  uint16_t port;

  ck_assert_uint_eq (secret_init (65536), 0);
  setup_dir ();
  put ("doors/main.key", DOOR_KEY);
  put ("posternd.conf", POSTERND "rate = 'none'\ndoor main { }\n");
  ck_assert_msg (!load (), "%s", message);
  moment.wall = INT64_C (1800000000) * CLOCK_SECOND;
  moment.boot = INT64_C (5000) * CLOCK_SECOND;
  source.read = read_moment;
  make_pair (&parent_fd, theirs);
  make_pair (&verify_fd, theirs + 1);
  make_pair (&act_fd, theirs + 2);
  make_pair (&vouch_fd, theirs + 3);
  memset (&origin, 0, sizeof origin);
  close (open_person (&port));
  origin.dst = origin.src = address ("127.0.0.1");
  origin.dport = port;
  person_fd = open_person (&origin.sport);
  n_marks = 0;
  origin.size = KIT_SIZE;
  memcpy (origin.door, "main", 5);
  start_decide ();
  pass (33);                    /* A store that is new: see replay.h.  */
  turn ();
  next_request (REQUEST_OPEN);
}

static void
teardown_kit (void)
{
  decide_close (&decide);
  request_release (req);
  req = NULL;
  teardown_dir ();
}

/* By how many seconds the signature is later than the text says.  */
static int64_t signed_after;

/* As verify sends it.  The blob, which is no matter to decide, is here the
   fingerprint of who signed.  */
static void
send_text (const void *text, size_t len, const char *primary,
           bool attachment)
{
  struct packet_verified p;

  memset (&p, 0, sizeof p);
  p.origin = origin;
  snprintf (p.primary, sizeof p.primary, "%s", primary);
  snprintf (p.signing, sizeof p.signing, "%s", primary);
  p.signed_at = (uint64_t)((int64_t)req->time + signed_after);
  p.text = text;
  p.text_len = len;
  p.blob = (const unsigned char *)primary;
  p.blob_len = strlen (primary);
  p.attachment = (const unsigned char *)"sealed";
  p.attachment_len = attachment ? 6 : 0;
  ck_assert_uint_eq (packet_send_verified (verify_fd, 0, &p), 0);
}

static inline void
send_request (const char *primary)
{
  const char *why = NULL;
  char *text;
  size_t len;

  ck_assert_msg (!request_write (req, &text, &len, &why), "%s", why);
  send_text (text, len, primary, false);
  request_text_release (text, len);
}

/* Whose signatures verify finds no longer good, and why.  */
static const char *lapsed_fpr;
static enum refusal lapsed_for;
static unsigned int n_rechecked;

static gpg_error_t
on_recheck (void *hook, const struct message *msg)
{
  struct packet_recheck p;
  struct packet_rechecked answer = { 0 };
  gpg_error_t err = packet_read_recheck (msg, &p);

  (void)hook;
  ck_assert_uint_eq (err, 0);
  n_rechecked++;
  ck_assert_uint_eq (p.blob_len, sizeof FPR_ALICE - 1);
  if (lapsed_fpr && !memcmp (p.blob, lapsed_fpr, p.blob_len))
    answer.refusal = (uint16_t)lapsed_for;
  else
    memcpy (answer.primary, p.blob, p.blob_len);
  return packet_send_rechecked (verify_fd, msg->id, &answer);
}

/* Answer as verify what decide asks it again.  */
static inline void
recheck (void)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (RECHECK, FROM_DECIDE, on_recheck) };
  gpg_error_t err;

  while (!(err = packet_dispatch (verify_fd, FROM_DECIDE, table, 1, NULL)))
    turn ();
  ck_assert_uint_eq (gpg_err_code (err), GPG_ERR_EAGAIN);
}

static gpg_error_t
on_grant (void *hook, const struct message *msg)
{
  (void)hook;
  asked_type = msg->type;
  asked_id = msg->id;
  return packet_read_grant (msg, &asked_grant);
}

static gpg_error_t
on_close (void *hook, const struct message *msg)
{
  (void)hook;
  asked_type = msg->type;
  asked_id = msg->id;
  return packet_read_close (msg, &asked_close);
}

static gpg_error_t
on_list (void *hook, const struct message *msg)
{
  (void)hook;
  asked_type = msg->type;
  asked_id = msg->id;
  return packet_read_list (msg, &asked_list);
}

static gpg_error_t
on_run (void *hook, const struct message *msg)
{
  static char value[REQUEST_MAXLEN + 1];
  gpg_error_t err;

  (void)hook;
  asked_type = msg->type;
  asked_id = msg->id;
  err = packet_read_run (msg, &asked_run);
  if (!err && asked_run.n_args)
    {
      /* The message ends with its handler.  */
      snprintf (value, sizeof value, "%s", asked_run.arg[0].value);
      asked_run.arg[0].value = value;
    }
  return err;
}

static gpg_error_t
on_hook (void *hook, const struct message *msg)
{
  (void)hook;
  asked_type = msg->type;
  return packet_read_hook (msg, &asked_hook);
}

/* What decide asks act: the type, or 0 where it asks nothing.  */
static uint16_t
asked (void)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (GRANT, FROM_DECIDE, on_grant),
      PACKET_RULE (CLOSE, FROM_DECIDE, on_close),
      PACKET_RULE (LIST, FROM_DECIDE, on_list),
      PACKET_RULE (RUN, FROM_DECIDE, on_run),
      PACKET_RULE (HOOK, FROM_DECIDE, on_hook)
    };
  gpg_error_t err;

  asked_type = 0;
  err = packet_dispatch (act_fd, FROM_DECIDE, table, COUNT (table), NULL);
  ck_assert (!err || gpg_err_code (err) == GPG_ERR_EAGAIN);
  return asked_type;
}

static inline void
grant_it (uint32_t seconds)
{
  struct packet_granted granted = { clock_seconds (&moment) + seconds,
                                    seconds };

  ck_assert_uint_eq (packet_send_granted (act_fd, asked_id, &granted), 0);
  turn ();
}

/* The next datagram that came to the person; 0 for none.  What the kernel
   puts off on loopback comes before a mark, which is empty, that the person
   sends behind it.  */
static inline ssize_t
receive_datagram (void *buf, size_t size)
{
  struct sockaddr_storage sa;
  struct pollfd pfd = { person_fd, POLLIN, 0 };
  socklen_t len = sizeof sa;
  bool sent = false;
  ssize_t n;

  ck_assert (!getsockname (person_fd, (struct sockaddr *)&sa, &len));
  for (;;)
    {
      if (!sent && !poll (&pfd, 1, 0))
        {
          sent = !sendto (person_fd, "", 0, 0, (struct sockaddr *)&sa, len);
          ck_assert (sent);
          n_marks++;
        }
      ck_assert_int_eq (poll (&pfd, 1, 30000), 1);
      n = recv (person_fd, buf, size, 0);
      if (n || (!--n_marks && sent))
        return n;
    }
}

/* The reply that came; NULL for none.  */
static inline reply_t
receive (void)
{
  unsigned char buf[2048];
  reply_t reply;
  ssize_t n = receive_datagram (buf, sizeof buf);

  if (!n)
    return NULL;
  ck_assert_int_gt (n, 0);
  ck_assert_int_le (n, origin.size);
  ck_assert_uint_eq (reply_open (req->key, buf, (size_t)n, &reply), 0);
  return reply;
}

static gpg_error_t
keep_last (void *hook, const char *json)
{
  snprintf (hook, 2048, "%s", json);
  return 0;
}

/* The newest row of the audit that has RESULT (NULL: any), as text.  */
static inline const char *
last_row_with (const char *result)
{
  static char text[2048];
  struct audit_filter filter = { .last = 1, .result = result };
  struct audit_cursor cursor = { 0 };
  bool done = false;
  int wait;

  *text = 0;
  audit_flush (decide.audit, &moment, true, &wait);
  while (!done)
    ck_assert_uint_eq (audit_read (decide.audit, &filter, &cursor, keep_last,
                                   text, &done), 0);
  return text;
}

static inline const char *
last_row (void)
{
  return last_row_with (NULL);
}

static inline uint64_t
claims (void)
{
  struct replay_state state;

  replay_get_state (decide.replay, &state);
  return state.claims;
}

#endif /*POSTERN_TEST_DECIDE_KIT_H*/
