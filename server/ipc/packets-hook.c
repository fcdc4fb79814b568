/* packets-hook.c - Encoder and decoder: what a hook is to tell.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "packets-parts.h"

#include "../../common/base/encode.h"


gpg_error_t
packet_send_hook (int fd, uint64_t id, const struct packet_hook *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_raw (&w, p->hash, sizeof p->hash);
  message_write_u8 (&w, p->event);
  message_write_string (&w, p->user);
  message_write_string (&w, p->rule);
  message_write_raw (&w, p->request, sizeof p->request);
  message_write_addr (&w, &p->source);
  message_write_addr (&w, &p->addr);
  message_write_ports (&w, &p->ports);
  message_write_string (&w, p->reason);
  return message_write_send (&w, fd, PACKET_HOOK, id);
}


/* What was opened and closed act knows, and nobody tells it.  */
static bool
is_decides (uint8_t event)
{
  return event == CONFIG_ON_REFUSED || event == CONFIG_ON_PENDING
         || event == CONFIG_ON_EMERGENCY;
}

gpg_error_t
packet_read_hook (const struct message *msg, struct packet_hook *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  message_read_raw (&r, p->hash, sizeof p->hash);
  p->event = message_read_u8 (&r);
  read_some_name (&r, p->user);
  read_some_name (&r, p->rule);
  message_read_raw (&r, p->request, sizeof p->request);
  message_read_addr (&r, &p->source);
  message_read_addr (&r, &p->addr);
  message_read_ports (&r, &p->ports);
  message_read_string (&r, p->reason, sizeof p->reason);
  demand (&r, is_decides (p->event) && p->source.family != AF_UNSPEC
          && encode_is_clean (p->reason, strlen (p->reason))
          && !strchr (p->reason, '\n'));
  return message_read_end (&r);
}
