/* t-message.c - Tests of server/ipc/message.c, fields.c and
 * packets-dispatch.c.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/ipc/fields.h"
#include "../../../server/ipc/packets.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int sv[2];
static unsigned char buf[MESSAGE_MAXLEN + 1];
static struct message got;

static void
setup (void)
{
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
}

static void
teardown (void)
{
  close (sv[0]);
  close (sv[1]);
}

static gpg_err_code_t
receive (void)
{
  size_t used;

  return gpg_err_code (message_receive (sv[1], buf, &got, &used));
}

START_TEST (test_round)
{
  size_t used;

  ck_assert_uint_eq (message_send (sv[0], 7, 0x0102030405060708u, "abc", 3),
                     0);
  ck_assert_uint_eq (message_receive (sv[1], buf, &got, &used), 0);
  ck_assert_uint_eq (used, 19);
  ck_assert_uint_eq (got.type, 7);
  ck_assert (got.id == 0x0102030405060708u);
  ck_assert_uint_eq (got.len, 3);
  ck_assert_mem_eq (got.body, "abc", 3);
}
END_TEST

static unsigned int calls;
static gpg_error_t answer;      /* Of the handler.  */

static gpg_error_t
take (void *hook, const struct message *msg)
{
  ck_assert_ptr_eq (hook, &calls);
  ck_assert_uint_eq (msg->id, 5);
  calls++;
  return answer;
}

static const struct packet_rule table[] =
  {
    PACKET_RULE (LIST, FROM_DECIDE, take),
    PACKET_RULE (READY, FROM_ACT | FROM_VOUCH, take)
  };

/* Run CALL and return what it logs.  */
static char *
logged (unsigned int from, gpg_err_code_t code)
{
  static char text[300];
  FILE *fp = tmpfile ();
  int saved = dup (2);
  size_t n;

  ck_assert_ptr_nonnull (fp);
  ck_assert_int_eq (dup2 (fileno (fp), 2), 2);
  n = gpg_err_code (packet_dispatch (sv[1], from, table, 2, &calls));
  dup2 (saved, 2);
  close (saved);
  ck_assert_uint_eq (n, code);
  rewind (fp);
  n = fread (text, 1, sizeof text - 1, fp);
  text[n] = 0;
  fclose (fp);
  return text;
}

/* What a table lists is taken, from whom it lists; anything else is named in
   the log, with who sent it.  */
START_TEST (test_table)
{
  static const struct
  {
    uint16_t type;
    unsigned int from;
    size_t len;
    gpg_err_code_t code;
    const char *log;
  } row[] =
    {
      { PACKET_LIST, FROM_DECIDE, 8, 0, "" },
      { PACKET_READY, FROM_ACT, 0, 0, "" },
      { PACKET_READY, FROM_VOUCH, 0, 0, "" },
      { PACKET_LIST, FROM_DECIDE, 7, GPG_ERR_BAD_DATA,
        "malformed message LIST from decide" },
      { PACKET_LIST, FROM_DECIDE, 9, GPG_ERR_BAD_DATA,
        "malformed message LIST from decide" },
      { PACKET_READY, FROM_VOUCH, 1, GPG_ERR_BAD_DATA,
        "malformed message READY from vouch" },
      { PACKET_LIST, FROM_ACT, 8, GPG_ERR_UNEXPECTED_MSG,
        "unexpected message LIST from act" },
      { PACKET_GRANT, FROM_DECIDE, 8, GPG_ERR_UNEXPECTED_MSG,
        "unexpected message GRANT from decide" },
      { PACKET_TRYING, FROM_CHECK, 0, GPG_ERR_UNEXPECTED_MSG,
        "unexpected message TRYING from a check" },
      { 0, FROM_PARENT, 3, GPG_ERR_UNEXPECTED_MSG,
        "unexpected message of type 0 from posternd" },
      { 15, FROM_CAPTURE, 3, GPG_ERR_UNEXPECTED_MSG,
        "unexpected message of type 15 from capture" },
      { 0xffff, FROM_UNSEAL, 3, GPG_ERR_UNEXPECTED_MSG,
        "unexpected message of type 65535 from unseal" }
    };
  static const unsigned char zero[16];
  size_t i;
  char *log;

  for (i = 0; i < sizeof row / sizeof *row; i++)
    {
      calls = 0;
      ck_assert_uint_eq (message_send (sv[0], row[i].type, 5, zero,
                                       row[i].len), 0);
      log = logged (row[i].from, row[i].code);
      ck_assert_uint_eq (calls, !row[i].code);
      ck_assert_msg (*row[i].log ? !!strstr (log, row[i].log) : !*log,
                     "row %zu: %s", i, log);
    }
}
END_TEST

/* A handler's word counts, and what it says of the message is logged.  */
START_TEST (test_handler_error)
{
  static const struct { gpg_err_code_t code; const char *log; } row[] =
    {
      { GPG_ERR_BAD_DATA, "malformed message READY from act" },
      { GPG_ERR_UNEXPECTED_MSG, "unexpected message READY from act" },
      { GPG_ERR_EPIPE, "" }
    };
  size_t i;
  char *log;

  for (i = 0; i < sizeof row / sizeof *row; i++)
    {
      answer = gpg_error (row[i].code);
      ck_assert_uint_eq (message_send (sv[0], PACKET_READY, 5, NULL, 0), 0);
      log = logged (FROM_ACT, row[i].code);
      ck_assert (*row[i].log ? !!strstr (log, row[i].log) : !*log);
    }
  answer = 0;
  ck_assert_int_gt (write (sv[0], "what", 4), 0);
  log = logged (FROM_VERIFY, GPG_ERR_UNEXPECTED_MSG);
  ck_assert (strstr (log, "message of another version or length from verify"));
}
END_TEST

static int passed_fd;           /* That the handler got.  */

static gpg_error_t
keep_fd (void *hook, const struct message *msg)
{
  (void)hook;
  passed_fd = msg->fd;
  return 0;
}

static const struct packet_rule fd_table[] =
  {
    PACKET_RULE_FD (CONNECTED, FROM_PARENT, keep_fd),
    PACKET_RULE (PING, FROM_PARENT, keep_fd)
  };

static unsigned int
count_open (void)
{
  struct stat st;
  unsigned int n = 0;
  int fd;

  for (fd = 0; fd < 64; fd++)
    n += !fstat (fd, &st);
  return n;
}

static gpg_err_code_t
dispatch_fd (const struct packet_rule *rules)
{
  passed_fd = -2;
  return gpg_err_code (packet_dispatch (sv[1], FROM_PARENT, rules, 2, NULL));
}

/* A descriptor arrives where a row allows it, and is closed elsewhere.  */
START_TEST (test_descriptor)
{
  unsigned int before = count_open ();
  int ends[2];
  char byte;

  ck_assert_int_eq (pipe (ends), 0);
  ck_assert_uint_eq (message_send_fd (sv[0], PACKET_CONNECTED, 1, NULL, 0,
                                      ends[1]), 0);
  close (ends[1]);
  ck_assert_uint_eq (dispatch_fd (fd_table), 0);
  ck_assert_int_ge (passed_fd, 0);
  ck_assert_int_eq (fcntl (passed_fd, F_GETFD), FD_CLOEXEC);
  ck_assert_int_eq (write (passed_fd, "x", 1), 1);
  ck_assert_int_eq (read (ends[0], &byte, 1), 1);
  close (passed_fd);
  ck_assert_uint_eq (message_send (sv[0], PACKET_CONNECTED, 1, NULL, 0), 0);
  ck_assert_uint_eq (dispatch_fd (fd_table), 0);
  ck_assert_int_eq (passed_fd, -1);
  /* With another message of the same table.  */
  ck_assert_uint_eq (message_send_fd (sv[0], PACKET_PING, 1, NULL, 0,
                                      ends[0]), 0);
  ck_assert_uint_eq (dispatch_fd (fd_table), GPG_ERR_UNEXPECTED_MSG);
  ck_assert_int_eq (passed_fd, -2);
  /* By a table that allows none.  */
  ck_assert_uint_eq (message_send_fd (sv[0], PACKET_READY, 5, NULL, 0,
                                      ends[0]), 0);
  ck_assert_uint_eq (gpg_err_code (packet_dispatch (sv[1], FROM_ACT, table, 2,
                                                    &calls)), 0);
  close (ends[0]);
  ck_assert_uint_eq (count_open (), before);
}
END_TEST

/* Two descriptors, of which none is kept.  */
START_TEST (test_two_descriptors)
{
  unsigned int before = count_open ();
  union
  {
    struct cmsghdr head;
    char room[CMSG_SPACE (2 * sizeof (int))];
  }
  control;
  static const unsigned char frame[MESSAGE_HEADERLEN] =
    { 0, MESSAGE_VERSION, 0, PACKET_CONNECTED };
  struct iovec iov = { (void *)(uintptr_t)frame, sizeof frame };
  struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
                        .msg_control = control.room,
                        .msg_controllen = sizeof control.room };
  struct cmsghdr *head;
  int fds[2] = { 0, 1 };

  memset (&control, 0, sizeof control);
  head = CMSG_FIRSTHDR (&msg);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN (sizeof fds);
  memcpy (CMSG_DATA (head), fds, sizeof fds);
  ck_assert_int_gt (sendmsg (sv[0], &msg, 0), 0);
  ck_assert_uint_eq (dispatch_fd (fd_table), GPG_ERR_UNEXPECTED_MSG);
  ck_assert_int_eq (passed_fd, -2);
  ck_assert_uint_eq (count_open (), before);
}
END_TEST

START_TEST (test_nothing_and_end)
{
  ck_assert_uint_eq (receive (), GPG_ERR_EAGAIN);
  close (sv[0]);
  ck_assert_uint_eq (receive (), GPG_ERR_EOF);
  ck_assert_uint_eq (gpg_err_code (message_send (sv[1], 7, 0, NULL, 0)),
                     GPG_ERR_EPIPE);
}
END_TEST

/* Headers as bytes: what a broken or taken-over sender may write.  */
START_TEST (test_header)
{
  static const unsigned char good[] =
    { 0, 1, 0, 7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 'h', 'i' };
  unsigned char bad[sizeof good + 1];

  ck_assert_int_eq (write (sv[0], good, sizeof good), sizeof good);
  ck_assert_uint_eq (receive (), 0);
  ck_assert (got.id == 9);
  /* A body shorter and longer than the length says.  */
  ck_assert_int_gt (write (sv[0], good, sizeof good - 1), 0);
  ck_assert_uint_eq (receive (), GPG_ERR_UNEXPECTED_MSG);
  memcpy (bad, good, sizeof good);
  bad[sizeof good] = 0;
  ck_assert_int_gt (write (sv[0], bad, sizeof bad), 0);
  ck_assert_uint_eq (receive (), GPG_ERR_UNEXPECTED_MSG);
  /* No whole header.  */
  ck_assert_int_gt (write (sv[0], good, 15), 0);
  ck_assert_uint_eq (receive (), GPG_ERR_UNEXPECTED_MSG);
  /* Another version.  */
  bad[1] = 2;
  ck_assert_int_gt (write (sv[0], bad, sizeof good), 0);
  ck_assert_uint_eq (receive (), GPG_ERR_UNEXPECTED_MSG);
}
END_TEST

START_TEST (test_largest)
{
  static unsigned char body[MESSAGE_MAXLEN];
  static unsigned char raw[MESSAGE_MAXLEN + 100];
  size_t most = MESSAGE_BODYLEN;

  memset (body, 0x5a, sizeof body);
  ck_assert_uint_eq (message_send (sv[0], 8, 0, body, most), 0);
  ck_assert_uint_eq (receive (), 0);
  ck_assert_uint_eq (got.len, most);
  ck_assert_uint_eq (gpg_err_code (message_send (sv[0], 8, 0, body, most + 1)),
                     GPG_ERR_TOO_LARGE);
  raw[1] = 1;
  raw[3] = 8;
  ck_assert_int_gt (write (sv[0], raw, sizeof raw), 0);
  ck_assert_uint_eq (receive (), GPG_ERR_UNEXPECTED_MSG);
}
END_TEST

START_TEST (test_full)
{
  static unsigned char body[8000];
  gpg_error_t err = 0;
  int i;
  struct timeval tv = { 0, 1000 };

  ck_assert_int_eq (setsockopt (sv[0], SOL_SOCKET, SO_SNDTIMEO, &tv,
                                sizeof tv), 0);
  for (i = 0; i < 10000 && !err; i++)
    err = message_send (sv[0], 8, 0, body, sizeof body);
  ck_assert_uint_eq (gpg_err_code (err), GPG_ERR_EAGAIN);
}
END_TEST


/* One of each kind of field.  */
struct part
{
  uint16_t n;
};

struct object
{
  uint8_t u8;
  uint16_t u16;
  uint32_t u32;
  uint64_t u64;
  unsigned char raw[2];
  char string[6];
  char *text;
  const unsigned char *bytes;
  size_t bytes_len;
  struct net_addr addr;
  struct port_set ports;
  uint8_t n_parts;
  struct part part[3];
  struct part maybe;
};

#define AT(m) .at = offsetof (struct object, m), \
  .size = sizeof ((struct object *)0)->m

static bool
is_lower (const char *text, size_t len)
{
  return strspn (text, "abcdefghijklmnopqrstuvwxyz") == len;
}

static const struct field part_fields[] =
  { { FIELD_NUMBER, .size = 2, .least = 1, .most = 9 }, { .kind = FIELD_END } };

static const struct field object_fields[] =
  {
    { FIELD_NUMBER, AT (u8), .most = 0xfe },
    { FIELD_NUMBER, AT (u16), .most = UINT16_MAX },
    { FIELD_NUMBER, AT (u32), .most = UINT32_MAX },
    { FIELD_NUMBER, AT (u64), .most = UINT64_MAX },
    { FIELD_RAW, AT (raw) },
    { FIELD_STRING, AT (string), .least = 1, .most = 5, .valid = is_lower },
    { FIELD_TEXT, AT (text), .most = 10 },
    { FIELD_BYTES, AT (bytes), .least = 2, .most = 10,
      .count_at = offsetof (struct object, bytes_len) },
    { FIELD_ADDR, AT (addr) },
    { FIELD_PORTS, AT (ports), .most = NETSPEC_MAX_RANGES },
    { FIELD_NUMBER, AT (n_parts), .most = UINT8_MAX },
    { FIELD_GROUP, .at = offsetof (struct object, part),
      .size = sizeof (struct part), .most = 3,
      .count_at = offsetof (struct object, n_parts), .count_size = 1,
      .of = part_fields },
    { FIELD_OPTIONAL, AT (maybe), .most = 1,
      .count_at = offsetof (struct object, u8), .count_size = 1,
      .of = part_fields },
    { .kind = FIELD_END }
  };

static const struct layout layout =
  { "object", object_fields, sizeof (struct object), 15, NULL };

static struct object
an_object (void)
{
  struct object o = { 0xfe, 0xfedc, 0xfedcba98, 0xfedcba9876543210u, "xy",
                      "alice", (char *)"text", (const void *)"a\0b", 3,
                      { AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
                      { 0, { { 0, 0, 0 } } }, 2, { { 1 }, { 9 } }, { 3 } };

  ck_assert_uint_eq (netspec_ports_parse ("tcp/22,udp/60000-60010", &o.ports),
                     0);
  return o;
}

START_TEST (test_fields)
{
  struct object o = an_object (), p;
  unsigned char body[200];
  size_t len, n;

  ck_assert_uint_eq (fields_write (&layout, &o, body, sizeof body, &len), 0);
  ck_assert_uint_eq (len, 1 + 2 + 4 + 8 + 2 + 7 + 7 + 5 + 17 + 11 + 1 + 4 + 2);
  ck_assert_mem_eq (body, "\376\376\334\376\334\272\230\376\334", 9);
  ck_assert_uint_eq (fields_read (&layout, body, len, &p), 0);
  ck_assert (p.u8 == o.u8 && p.u16 == o.u16 && p.u32 == o.u32
             && p.u64 == o.u64);
  ck_assert_mem_eq (p.raw, "xy", 2);
  ck_assert_str_eq (p.string, "alice");
  ck_assert_str_eq (p.text, "text");
  ck_assert_uint_eq (p.bytes_len, 3);
  ck_assert_mem_eq (p.bytes, "a\0b", 3);
  ck_assert (netspec_addr_equal (&p.addr, &o.addr));
  ck_assert_uint_eq (p.ports.n, 2);
  ck_assert_uint_eq (p.ports.range[1].last, 60010);
  ck_assert (p.n_parts == 2 && p.part[0].n == 1 && p.part[1].n == 9
             && !p.part[2].n && p.maybe.n == 3);
  /* No byte less and none more, to write or to read.  */
  for (n = 0; n < len; n++)
    {
      ck_assert_uint_ne (fields_read (&layout, body, n, &p), 0);
      ck_assert_uint_eq (gpg_err_code (fields_write (&layout, &o, body, n,
                                                     &p.bytes_len)),
                         GPG_ERR_TOO_LARGE);
    }
  fields_write (&layout, &o, body, len, &n);
  ck_assert_uint_eq (n, len);
  body[len] = 0;
  ck_assert_uint_eq (gpg_err_code (fields_read (&layout, body, len + 1, &p)),
                     GPG_ERR_BAD_DATA);
  ck_assert_uint_eq (p.u8, 0);
  o.u8 = 0;                     /* Without the optional one.  */
  fields_write (&layout, &o, body, sizeof body, &n);
  ck_assert_uint_eq (n, len - 2);
  ck_assert_uint_eq (fields_read (&layout, body, n, &p), 0);
}
END_TEST

START_TEST (test_bounds)
{
  size_t least, most;

  fields_bounds (&layout, &least, &most);
  ck_assert_uint_eq (least, 17 + 3 + 3 + 4 + 17 + 1 + 1);
  ck_assert_uint_eq (most, 17 + 7 + 3 + 2 + 15 + 17 + 1 + 5 * 16 + 1 + 6 + 2);
}
END_TEST

/* What CHANGE makes of an object is written, and not read.  */
#define BAD(change)                                                     \
  do {                                                                  \
    o = an_object ();                                                   \
    change;                                                             \
    ck_assert_uint_eq (fields_write (&layout, &o, body, sizeof body, &len), \
                       0);                                              \
    ck_assert_uint_eq (gpg_err_code (fields_read (&layout, body, len, &p)), \
                       GPG_ERR_BAD_DATA);                               \
  } while (0)

START_TEST (test_refused)
{
  struct object o = an_object (), p;
  unsigned char body[300];
  size_t len, i;

  BAD (o.u8 = 0xff);
  BAD (*o.string = 0);
  BAD (*o.string = 'A');
  BAD (memcpy (o.string, "abcdef", 6));
  BAD (o.text = (char *)"more than ten");
  BAD (o.bytes_len = 1);
  BAD (o.bytes = body; o.bytes_len = 11);
  BAD (o.text = (char *)"ten bytes "; o.bytes_len = 6; o.bytes = body);
  BAD (o.part[1].n = 0);
  BAD (o.part[1].n = 10);
  BAD (o.maybe.n = 10);
  BAD (o.ports.range[0].proto = 1);             /* ICMP.  */
  BAD (o.ports.range[1].last = 59999);          /* Backwards.  */
  BAD (o.ports.range[0].first = 0);
  BAD (o.ports.range[1] = o.ports.range[0]);    /* Twice.  */
  BAD (o.addr.family = AF_INET);        /* Bytes after an IPv4 address.  */
  BAD (o.addr.family = AF_UNSPEC);
  /* As bytes: a family, a NUL in a text and none at its end, a string
     longer than the rest.  */
  o = an_object ();
  fields_write (&layout, &o, body, sizeof body, &len);
  ck_assert_uint_eq (fields_read (&layout, body, len, &p), 0);
  for (i = 0; body[i] != 't'; i++)
    ;
  body[i] = 0;
  ck_assert_uint_ne (fields_read (&layout, body, len, &p), 0);
  body[i] = 't';
  body[i + 4] = 'x';
  ck_assert_uint_ne (fields_read (&layout, body, len, &p), 0);
  body[i + 4] = 0;
  body[i + 10] = 5;
  ck_assert_uint_ne (fields_read (&layout, body, len, &p), 0);
  body[i + 10] = 6;
  ck_assert_uint_eq (fields_read (&layout, body, len, &p), 0);
  body[i - 2] = 0xff;
  ck_assert_uint_ne (fields_read (&layout, body, len, &p), 0);
}
END_TEST

/* What is beyond its array is not even written.  */
START_TEST (test_writer_full)
{
  struct object o = an_object ();
  unsigned char body[300];
  size_t len;

  o.n_parts = 4;
  ck_assert_uint_ne (fields_write (&layout, &o, body, sizeof body, &len), 0);
  ck_assert_uint_eq (len, 0);
  o = an_object ();
  o.ports.n = NETSPEC_MAX_RANGES + 1;
  ck_assert_uint_ne (fields_write (&layout, &o, body, sizeof body, &len), 0);
  o = an_object ();
  o.addr.family = AF_UNIX;
  ck_assert_uint_ne (fields_write (&layout, &o, body, sizeof body, &len), 0);
}
END_TEST

int
main (void)
{
  Suite *s = suite_create ("message");
  TCase *tc = tcase_create ("all");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_round);
  tcase_add_test (tc, test_table);
  tcase_add_test (tc, test_handler_error);
  tcase_add_test (tc, test_descriptor);
  tcase_add_test (tc, test_two_descriptors);
  tcase_add_test (tc, test_nothing_and_end);
  tcase_add_test (tc, test_header);
  tcase_add_test (tc, test_largest);
  tcase_add_test (tc, test_full);
  tcase_add_test (tc, test_fields);
  tcase_add_test (tc, test_bounds);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_writer_full);
  suite_add_tcase (s, tc);
  sr = srunner_create (s);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed? EXIT_FAILURE : EXIT_SUCCESS;
}
