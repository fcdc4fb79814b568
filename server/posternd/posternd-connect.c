/* posternd-connect.c - The connections to the agent that unseal gets.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each costs the agent a thread and a descriptor, and an unseal that was taken
 * over could ask for one after the other until nobody else gets any.  So it
 * has one at a time: the one before is shut down, wherever it may have been
 * passed on to.  And it gets the next one only a while after the last.  An
 * unseal that does its work notices nothing of that.  */

#include "posternd.h"

#include <sys/socket.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "../ipc/message.h"

#define CONNECT_EVERY 100000u   /* Microseconds.  */


void
agent_hang_up (struct child *child)
{
  if (child->link.connected)
    {
      shutdown (child->link.fd, SHUT_RDWR);
      close (child->link.fd);
    }
  child->link.connected = child->link.asked = false;
}


/* Answer CHILD.  Without a descriptor the answer says that there is none to be
   had now.  An answer for which there is no room is lost.  */
static void
connect_child (struct child *child)
{
  uint64_t id = child->link.id;
  gpg_error_t err;
  int fd;

  agent_hang_up (child);
  child->link.due = ticks_us () + CONNECT_EVERY;
  if (agent_connect (child->posternd, &fd))
    log_debug ("no connection to gpg-agent for unseal (pid %ld)",
               (long)child->pid);
  child->link.connected = fd >= 0;
  child->link.fd = fd;
  err = message_send_fd (child->fd, PACKET_CONNECTED, id, NULL, 0, fd);
  if (err)
    agent_hang_up (child);
}


void
agent_answer (struct posternd *posternd)
{
  struct child *child;
  uint64_t now = ticks_us ();

  for (child = posternd->children; child; child = child->next)
    if (child->link.asked && child->link.due <= now)
      connect_child (child);
}


gpg_error_t
agent_ask (struct child *child, uint64_t id)
{
  if (child->link.asked)
    return gpg_error (GPG_ERR_UNEXPECTED_MSG);
  child->link.asked = true;
  child->link.id = id;
  if (child->link.due <= ticks_us ())
    connect_child (child);
  return 0;
}
