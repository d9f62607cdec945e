//! A RabbitMQ server: queues, the consumers that wait at them, and the messages that are out and not acknowledged.
//!
//! A message that is delivered and not acknowledged goes back to its place in the queue when the consumer's connection
//! ends: a worker that was killed loses nothing.
//!
//! Over the wire go the methods of AMQP 0-9-1 by their names, with the arguments that amqp-tools use, as lists of byte
//! strings; not the binary frames of AMQP. There is one virtual host, and one user: guest.

use crate::programs::redis::{Reply, request};
use crate::programs::server::{Client, Item, SHOWN, Server};
use crate::sim::{Chance, Map, Timestamp};
use std::collections::VecDeque;

/// A RabbitMQ server.
#[derive(Clone, Default)]
pub struct RabbitMq {
    queues: Map<String, Queue>,
    channels: Map<Client, Channel>,
    /// In the order in which it is their turn.
    consumers: VecDeque<Consumer>,
    /// Delivered and not acknowledged.
    unacknowledged: Vec<Delivery>,
    replies: Vec<(Client, Vec<u8>)>,
    /// How many messages came so far.
    published: u64,
    /// How many queues were given a name.
    named: u64,
}

#[derive(Clone, Default)]
struct Queue {
    durable: bool,
    /// It goes with this connection, and only that may use it.
    exclusive: Option<Client>,
    /// It goes with its last consumer.
    auto_delete: bool,
    messages: VecDeque<Message>,
    /// Exchanges with the routing key of the messages it wants.
    bindings: Vec<(String, String)>,
}

#[derive(Clone)]
struct Message {
    /// Where in the order of all messages it stands.
    order: u64,
    body: Vec<u8>,
}

#[derive(Clone, Default)]
struct Channel {
    input: Vec<u8>,
    /// How many messages may be out at a time; 0 is any number.
    prefetch: usize,
    delivered: u64,
    /// What went wrong, to be said when the client asks next.
    closed: Option<(u16, String)>,
}

#[derive(Clone)]
struct Consumer {
    client: Client,
    queue: String,
    /// It does not acknowledge: what is delivered is done.
    no_ack: bool,
}

#[derive(Clone)]
struct Delivery {
    client: Client,
    tag: u64,
    queue: String,
    message: Message,
}

/// Why a channel is closed: AMQP's number and RabbitMQ's words.
type Refusal = (u16, String);

/// The exchanges that are always there. Of the others none can be declared with amqp-tools.
const EXCHANGES: [&str; 3] = ["", "amq.direct", "amq.fanout"];

impl RabbitMq {
    /// The port of AMQP.
    pub const PORT: u16 = 5672;

    /// A server without queues.
    pub fn new() -> Self {
        Self::default()
    }

    fn say(&mut self, client: Client, words: &[&[u8]]) {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.to_vec()).collect();
        self.replies.push((client, request(&words)));
    }

    fn obey(&mut self, now: Timestamp, client: Client, words: &[Vec<u8>]) {
        let text: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
        let text: Vec<&str> = text.iter().map(|word| &**word).collect();
        let channel = self.channels.entry(client).or_default();
        if let Some((code, why)) = channel.closed.take() {
            return self.say(client, &[b"channel.close", code.to_string().as_bytes(), why.as_bytes()]);
        }
        let done = match text.as_slice() {
            ["connection.open", "guest", "guest"] => Ok(vec![Vec::new()]),
            ["connection.open", ..] => {
                let why = "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. \
                           For details see the broker logfile.";
                return self.say(client, &[b"connection.close", b"403", why.as_bytes()]);
            }
            ["queue.declare", name, flags] => self.declare(now, client, name, flags),
            ["queue.delete", name] => Ok(vec![self.delete(name).to_string().into_bytes()]),
            ["queue.bind", name, exchange, key] => self.bind(client, name, exchange, key),
            ["basic.qos", count] => {
                channel.prefetch = count.parse().unwrap_or(0);
                Ok(Vec::new())
            }
            ["basic.consume", name, no_ack] => match self.queue(client, name) {
                Ok(_) => {
                    let queue = (*name).to_owned();
                    self.consumers.push_back(Consumer { client, queue, no_ack: *no_ack == "no-ack" });
                    Ok(Vec::new())
                }
                Err(refusal) => Err(refusal),
            },
            // Neither is answered.
            ["basic.publish", exchange, key, _] => {
                let refused = self.publish(exchange, key, &words[3]).err();
                self.channels.entry(client).or_default().closed = refused;
                return self.deliver();
            }
            ["basic.ack", tag] => {
                let tag = tag.parse().unwrap_or(0);
                self.unacknowledged.retain(|delivery| (delivery.client, delivery.tag) != (client, tag));
                return self.deliver();
            }
            ["basic.get", name] => self.queue(client, name).map(|queue| match queue.messages.pop_front() {
                Some(message) => vec![b"message".to_vec(), message.body],
                None => vec![b"empty".to_vec()],
            }),
            ["channel.close"] => Ok(Vec::new()),
            _ => Err((503, format!("COMMAND_INVALID - {}", text.join(" ")))),
        };
        match done {
            Ok(answer) => {
                let method = format!("{}-ok", text.first().unwrap_or(&""));
                let mut words = vec![method.as_bytes()];
                words.extend(answer.iter().map(Vec::as_slice));
                self.say(client, &words);
            }
            Err((code, why)) => self.say(client, &[b"channel.close", code.to_string().as_bytes(), why.as_bytes()]),
        }
        self.deliver();
    }

    fn queue(&mut self, client: Client, name: &str) -> Result<&mut Queue, Refusal> {
        let missing = || (404, format!("NOT_FOUND - no queue '{name}' in vhost '/'"));
        let queue = self.queues.get_mut(name).ok_or_else(missing)?;
        if queue.exclusive.is_some_and(|owner| owner != client) {
            let why = format!(
                "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '{name}' in vhost '/'. It could be \
                               originally declared on another connection or the exclusive property value does not match that of \
                               the original declaration."
            );
            return Err((405, why));
        }
        Ok(queue)
    }

    /// `flags` are words of `durable`, `exclusive` and `auto-delete`.
    fn declare(&mut self, now: Timestamp, client: Client, name: &str, flags: &str) -> Result<Vec<Vec<u8>>, Refusal> {
        let has = |flag: &str| flags.split(' ').any(|one| one == flag);
        let name = match name {
            "" => self.new_name(now),
            _ if name.starts_with("amq.") && !self.queues.contains_key(name) => {
                return Err((403, format!("ACCESS_REFUSED - queue name '{name}' contains reserved prefix 'amq.*'")));
            }
            _ => name.to_owned(),
        };
        if self.queues.contains_key(&name) {
            let queue = self.queue(client, &name)?;
            let flags = [("durable", queue.durable), ("auto_delete", queue.auto_delete)];
            for (flag, current) in flags {
                let received = has(&flag.replace('_', "-"));
                if received != current {
                    let why = format!(
                        "PRECONDITION_FAILED - inequivalent arg '{flag}' for queue '{name}' in vhost '/': \
                                       received '{received}' but current is '{current}'"
                    );
                    return Err((406, why));
                }
            }
        } else {
            let exclusive = has("exclusive").then_some(client);
            let queue =
                Queue { durable: has("durable"), exclusive, auto_delete: has("auto-delete"), ..Queue::default() };
            self.queues.insert(name.clone(), queue);
        }
        Ok(vec![name.into_bytes()])
    }

    fn new_name(&mut self, now: Timestamp) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        self.named += 1;
        let mut chance = Chance::stream(now.as_millis(), self.named);
        let letters: String = (0..22).map(|_| LETTERS[chance.below(64) as usize] as char).collect();
        format!("amq.gen-{letters}")
    }

    fn bind(&mut self, client: Client, name: &str, exchange: &str, key: &str) -> Result<Vec<Vec<u8>>, Refusal> {
        check_exchange(exchange)?;
        let binding = (exchange.to_owned(), key.to_owned());
        let bindings = &mut self.queue(client, name)?.bindings;
        if !bindings.contains(&binding) {
            bindings.push(binding);
        }
        Ok(Vec::new())
    }

    /// A message for which there is no queue is dropped.
    fn publish(&mut self, exchange: &str, key: &str, body: &[u8]) -> Result<(), Refusal> {
        check_exchange(exchange)?;
        self.published += 1;
        let order = self.published;
        for (name, queue) in self.queues.iter_mut() {
            let bound =
                |(from, wanted): &(String, String)| from == exchange && (exchange == "amq.fanout" || wanted == key);
            if exchange.is_empty() && name == key || queue.bindings.iter().any(bound) {
                queue.messages.push_back(Message { order, body: body.to_vec() });
            }
        }
        Ok(())
    }

    /// How many messages were in it.
    fn delete(&mut self, name: &str) -> usize {
        self.consumers.retain(|consumer| consumer.queue != name);
        self.unacknowledged.retain(|delivery| delivery.queue != name);
        self.queues.remove(name).map_or(0, |queue| queue.messages.len())
    }

    /// Gives the consumers what is there and what they may have, in turns.
    fn deliver(&mut self) {
        while let Some(place) = (0..self.consumers.len()).find(|&place| self.can_have(&self.consumers[place])) {
            let Some(consumer) = self.consumers.remove(place) else { return };
            if let Some(message) = self.queues.get_mut(&consumer.queue).and_then(|queue| queue.messages.pop_front()) {
                let channel = self.channels.entry(consumer.client).or_default();
                channel.delivered += 1;
                let tag = channel.delivered;
                self.say(consumer.client, &[b"basic.deliver", tag.to_string().as_bytes(), &message.body]);
                if !consumer.no_ack {
                    let (client, queue) = (consumer.client, consumer.queue.clone());
                    self.unacknowledged.push(Delivery { client, tag, queue, message });
                }
            }
            self.consumers.push_back(consumer);
        }
    }

    fn can_have(&self, consumer: &Consumer) -> bool {
        let there = self.queues.get(&consumer.queue).is_some_and(|queue| !queue.messages.is_empty());
        let most = self.channels.get(&consumer.client).map_or(0, |channel| channel.prefetch);
        let out = || self.unacknowledged.iter().filter(|delivery| delivery.client == consumer.client).count();
        there && (most == 0 || consumer.no_ack || out() < most)
    }
}

fn check_exchange(name: &str) -> Result<(), Refusal> {
    let known = EXCHANGES.contains(&name);
    if known { Ok(()) } else { Err((404, format!("NOT_FOUND - no exchange '{name}' in vhost '/'"))) }
}

impl Server for RabbitMq {
    fn port(&self) -> u16 {
        Self::PORT
    }

    fn receive(&mut self, now: Timestamp, client: Client, bytes: &[u8]) {
        self.channels.entry(client).or_default().input.extend(bytes);
        loop {
            let Some(channel) = self.channels.get_mut(&client) else { return };
            let Some((Reply::List(items), len)) = Reply::decode(&channel.input) else { return };
            channel.input.drain(..len);
            let word = |item| match item {
                Reply::Bulk(word) => word,
                _ => Vec::new(),
            };
            let words: Vec<Vec<u8>> = items.into_iter().map(word).collect();
            self.obey(now, client, &words);
        }
    }

    fn hang_up(&mut self, _: Timestamp, client: Client) {
        self.channels.remove(&client);
        let (mine, others) = std::mem::take(&mut self.consumers).into_iter().partition(|one| one.client == client);
        self.consumers = others;
        let (back, out) = std::mem::take(&mut self.unacknowledged).into_iter().partition(|one| one.client == client);
        self.unacknowledged = out;
        let back: Vec<Delivery> = back;
        for delivery in back {
            if let Some(queue) = self.queues.get_mut(&delivery.queue) {
                let place = queue.messages.partition_point(|message| message.order < delivery.message.order);
                queue.messages.insert(place, delivery.message);
            }
        }
        let left: VecDeque<Consumer> = mine;
        let consumers = &self.consumers;
        let abandoned = |name: &String| {
            left.iter().any(|one| one.queue == *name) && !consumers.iter().any(|one| one.queue == *name)
        };
        self.queues.retain(|name, queue| queue.exclusive != Some(client) && !(queue.auto_delete && abandoned(name)));
        self.deliver();
    }

    fn due(&self) -> Option<Timestamp> {
        None
    }

    fn advance(&mut self, _: Timestamp) {}

    fn replies(&mut self) -> Vec<(Client, Vec<u8>)> {
        std::mem::take(&mut self.replies)
    }

    fn contents(&self, _: Timestamp) -> Vec<Item> {
        let body = |message: &Message| String::from_utf8_lossy(&message.body).into_owned();
        let item = |(name, queue): (&String, &Queue)| Item {
            name: name.clone(),
            kind: "queue",
            count: queue.messages.len(),
            first: queue.messages.iter().take(SHOWN).map(body).collect(),
        };
        self.queues.iter().map(item).collect()
    }

    fn copy(&self) -> Box<dyn Server> {
        Box::new(self.clone())
    }
}
