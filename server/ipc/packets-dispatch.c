/* packets-dispatch.c - Sends, reads and hands out the roles' messages.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a role does not list is a bug or an attack.  It is named here, with
 * who sent it, because the role that got it must not go on.  */

#include "packets.h"

#include <string.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "fields.h"

gpg_error_t
packet_send_fd (int fd, enum packet_type type, uint64_t id, const void *p,
                int passed)
{
  unsigned char buf[MESSAGE_BODYLEN];
  size_t len;
  gpg_error_t err;

  err = fields_write (packet_layout (type), p, buf, sizeof buf, &len);
  if (!err)
    err = message_send_fd (fd, type, id, buf, len, passed);
  /* There are one-time keys in some, and passwords with theirs.  */
  explicit_bzero (buf, len);
  return err;
}

gpg_error_t
packet_send (int fd, enum packet_type type, uint64_t id, const void *p)
{
  return packet_send_fd (fd, type, id, p, -1);
}

gpg_error_t
packet_read (enum packet_type type, const struct message *msg, void *p)
{
  return fields_read (packet_layout (type), msg->body, msg->len, p);
}


static const char *
describe_sender (unsigned int from)
{
  static const char *const names[] =
    { "posternd", "capture", "unseal", "verify", "decide", "act", "vouch",
      "a check", "muster" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (from & 1u << i)
      return names[i];
  return "nobody";
}

/* Log that MSG, which came from FROM, is WHAT.  */
static void
log_breach (const char *what, const struct message *msg, unsigned int from)
{
  const struct layout *layout = packet_layout (msg->type);

  if (layout)
    log_error ("%s message %s from %s", what, layout->name,
               describe_sender (from));
  else
    log_error ("%s message of type %u from %s", what, msg->type,
               describe_sender (from));
}

static const struct packet_rule *
find_packet_rule (const struct packet_rule *table, size_t n, unsigned int from,
                  uint16_t type)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (table[i].type == type && (table[i].from & from))
      return table + i;
  return NULL;
}

/* Give MSG to the handler of its row.  */
static gpg_error_t
hand_out_packet (const struct message *msg, unsigned int from,
                 const struct packet_rule *table, size_t n, void *hook)
{
  const struct packet_rule *rule = find_packet_rule (table, n, from, msg->type);
  size_t least, most;
  gpg_error_t err;

  if (!rule || (msg->fd >= 0 && !rule->with_fd))
    {
      if (msg->fd >= 0)
        close (msg->fd);
      log_breach ("unexpected", msg, from);
      return gpg_error (GPG_ERR_UNEXPECTED_MSG);
    }
  fields_bounds (packet_layout (msg->type), &least, &most);
  if (msg->len >= least && msg->len <= most)
    err = rule->handler (hook, msg);
  else
    {
      if (msg->fd >= 0)
        close (msg->fd);
      err = gpg_error (GPG_ERR_BAD_DATA);
    }
  if (gpg_err_code (err) == GPG_ERR_BAD_DATA)
    log_breach ("malformed", msg, from);
  else if (gpg_err_code (err) == GPG_ERR_UNEXPECTED_MSG)
    log_breach ("unexpected", msg, from);
  return err;
}

static bool
allows_fd (const struct packet_rule *table, size_t n)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (table[i].with_fd)
      return true;
  return false;
}

gpg_error_t
packet_dispatch (int fd, unsigned int from, const struct packet_rule *table,
                 size_t n, void *hook)
{
  unsigned char buf[MESSAGE_MAXLEN + 1];
  struct message msg;
  size_t used;
  gpg_error_t err;

  err = allows_fd (table, n) ? message_receive_fd (fd, buf, &msg, &used)
    : message_receive (fd, buf, &msg, &used);
  if (gpg_err_code (err) == GPG_ERR_UNEXPECTED_MSG)
    log_error ("message of another version or length from %s",
               describe_sender (from));
  if (!err)
    err = hand_out_packet (&msg, from, table, n, hook);
  /* There are one-time keys in some.  */
  explicit_bzero (buf, used);
  return err;
}
