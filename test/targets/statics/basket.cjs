class Basket {
  constructor(number) {
    this.number = number;
    this.items = Array.from({ length: number }, (_, item) => item);
  }
  total() {
    return this.items.length;
  }
}
class GiftBasket extends Basket {}

const gifts = [new GiftBasket(100), new GiftBasket(200)];

exports.Basket = Basket;
exports.giftCount = () => gifts.length;
