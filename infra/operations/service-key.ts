import { RemovalPolicy } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** The key's description, and whether it outlives its stack. */
export type ServiceKeyProps = {
  /** Tells people who look through the keys of an account its use. */
  readonly description: string;
  /** Whether it outlives its stack: what it has encrypted cannot be read without it. */
  readonly protect: boolean;
};

/**
 * A customer key that is rotated each year. The constructs that it is given to add what they need
 * to its policy: the log, EventBridge, SNS, and each role that reads.
 *
 * @example
 * const { key } = new ServiceKey(stack, 'Key', { description: 'shop', protect: true });
 */
export class ServiceKey extends Construct {
  /** The key of KMS, which turns once a year. */
  readonly key: IKey;

  constructor(scope: Construct, id: string, props: ServiceKeyProps) {
    super(scope, id);
    const { description, protect } = props;
    this.key = new Key(this, 'Key', {
      ...{ description, enableKeyRotation: true },
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
